import { always, type Script, type ScriptedRequest, startBedrockServer, structured } from '@aios/testing';
import { expect, test } from 'vitest';
import { streamed } from '../../conformance.ts';
import { providers } from '../table.ts';
import { createAiSdkDriver } from './driver.ts';

// What the conformance suite does not ask of Bedrock: it runs with a Claude model, which knows schemas itself.

const key = 'bedrock-key-0123456789';
const { signal } = new AbortController();

async function startNova(script: Script = structured({ name: 'Ada' })) {
  const provider = providers.get('bedrock');
  if (provider === undefined) throw new Error('The table has no bedrock.');
  const seen: ScriptedRequest[] = [];
  const server = await startBedrockServer({
    key,
    script: (request) => {
      seen.push(request);
      return script(request);
    },
  });
  const model = 'amazon.nova-lite-v1:0';
  const driver = createAiSdkDriver({ provider, model, baseUrl: server.baseUrl, key });
  return { driver, server, seen, [Symbol.asyncDispose]: () => server.close() };
}

test('a model that knows no schemas is given a tool for the answer, which comes as the text', async () => {
  await using nova = await startNova();
  const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
  const request = {
    messages: [{ role: 'user' as const, content: 'Who?' }],
    responseFormat: { type: 'json_schema' as const, name: 'person', schema },
  };
  const whole = await nova.driver.chat(request, { signal });
  const { reply } = await streamed(nova.driver, request);
  for (const { message, finishReason } of [whole, reply]) {
    expect(JSON.parse(message.content)).toEqual({ name: 'Ada' });
    expect(message.toolCalls).toBeUndefined();
    expect(finishReason).toBe('stop');
  }
  expect(nova.seen).toMatchObject([{ toolChoice: 'required' }, { toolChoice: 'required' }]);
  expect(nova.seen.map(({ tools }) => tools.length)).toEqual([1, 1]);
});

test('an image by address is refused before anything is sent', async () => {
  await using nova = await startNova();
  const image = { type: 'image' as const, mediaType: 'image/png', data: 'https://example.org/a.png' };
  const call = nova.driver.chat({ messages: [{ role: 'user', content: [image] }] }, { signal });
  await expect(call).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(nova.server.requests).toEqual([]);
});

test('a rate limit in the middle of a stream is told as one', async () => {
  const fault = { kind: 'error' as const, afterPieces: 1, status: 429, message: 'Too many tokens' };
  await using nova = await startNova(always({ text: 'one two', fault }));
  const call = streamed(nova.driver, { messages: [{ role: 'user', content: 'Hello' }] });
  await expect(call).rejects.toMatchObject({
    code: 'rate_limited',
    message: expect.stringContaining('Too many tokens'),
    details: { begun: true },
  });
});
