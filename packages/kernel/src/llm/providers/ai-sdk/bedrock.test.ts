import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { toAiosError } from '@aios/protocol';
import { expect, test } from 'vitest';
import { streamed } from '../../conformance.ts';
import { providers } from '../table.ts';
import { createAiSdkDriver } from './driver.ts';

// Bedrock’s Converse interface streams in Amazon’s own binary frames, which no server of packages/testing speaks.

const key = 'bedrock-key-0123456789';
const request = { messages: [{ role: 'user' as const, content: 'Hello' }] };
const { signal } = new AbortController();

/** A frame of application/vnd.amazon.eventstream. */
function frame(type: string, body: object): Buffer {
  const headers = Buffer.concat(
    Object.entries({
      ':event-type': type,
      ':content-type': 'application/json',
      ':message-type': 'event',
    }).map(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(value.length);
      return Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7]),
        length,
        Buffer.from(value),
      ]);
    }),
  );
  const payload = Buffer.from(JSON.stringify(body));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + headers.length + payload.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const upToEnd = Buffer.concat([prelude, checksum(prelude), headers, payload]);
  return Buffer.concat([upToEnd, checksum(upToEnd)]);
}

function checksum(data: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(data));
  return sum;
}

async function startBedrock(answer: (path: string, response: ServerResponse) => void) {
  const seen: { path: string; authorization: string | undefined }[] = [];
  const server = createServer((incoming, response) => {
    incoming.resume().on('end', () => {
      const path = decodeURIComponent(incoming.url ?? '');
      seen.push({ path, authorization: incoming.headers.authorization });
      answer(path, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const provider = providers.get('bedrock');
  if (address === null || typeof address === 'string' || provider === undefined)
    throw new Error('No server.');
  const baseUrl = `http://127.0.0.1:${address.port}`;
  const driver = createAiSdkDriver({ provider, model: 'amazon.nova-lite-v1:0', baseUrl, key });
  return { driver, seen, [Symbol.asyncDispose]: async () => void server.close() };
}

test('a whole reply', async () => {
  await using bedrock = await startBedrock((_, response) => {
    const message = { role: 'assistant', content: [{ text: 'Hello you' }] };
    const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ output: { message }, stopReason: 'end_turn', usage, metrics: { latencyMs: 1 } }));
  });
  const reply = await bedrock.driver.chat(request, { signal });
  expect(reply).toMatchObject({
    message: { content: 'Hello you' },
    finishReason: 'stop',
    usage: { inputTokens: 3, outputTokens: 2, source: 'provider' },
  });
  expect(bedrock.seen).toEqual([
    { path: '/model/amazon.nova-lite-v1:0/converse', authorization: `Bearer ${key}` },
  ]);
});

test('a streamed reply', async () => {
  await using bedrock = await startBedrock((_, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    response.write(frame('messageStart', { role: 'assistant' }));
    response.write(frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello' } }));
    response.write(frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: ' you' } }));
    response.write(frame('contentBlockStop', { contentBlockIndex: 0 }));
    response.write(frame('messageStop', { stopReason: 'end_turn' }));
    response.end(frame('metadata', { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } }));
  });
  const { reply, chunks } = await streamed(bedrock.driver, request);
  expect(chunks).toEqual([
    { type: 'text-delta', text: 'Hello' },
    { type: 'text-delta', text: ' you' },
  ]);
  expect(reply).toMatchObject({
    message: { content: 'Hello you' },
    finishReason: 'stop',
    usage: { outputTokens: 2 },
  });
});

test('too many requests, in Amazon’s words and without the key', async () => {
  await using bedrock = await startBedrock((_, response) => {
    response
      .writeHead(429, { 'content-type': 'application/json', 'x-amzn-errortype': 'ThrottlingException' })
      .end(JSON.stringify({ message: `Too many tokens for ${key}` }));
  });
  const error = await bedrock.driver.chat(request, { signal }).catch(toAiosError);
  expect(error).toMatchObject({ code: 'rate_limited', message: expect.stringContaining('Too many tokens') });
  expect(JSON.stringify(error)).not.toContain(key);
});

test('an image by address is refused before anything is sent', async () => {
  await using bedrock = await startBedrock((_, response) => response.end());
  const image = { type: 'image' as const, mediaType: 'image/png', data: 'https://example.org/a.png' };
  const call = bedrock.driver.chat({ messages: [{ role: 'user', content: [image] }] }, { signal });
  await expect(call).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(bedrock.seen).toEqual([]);
});
