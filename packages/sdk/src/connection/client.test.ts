import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AiosError, type ChatReply, type ClientFrame, type KernelEvent } from '@aios/protocol';
import { expect, test } from 'vitest';
import { startScriptedKernel } from '../test-support/scripted-kernel.ts';
import { connect } from './client.ts';

const reply: ChatReply = {
  message: { role: 'assistant', content: 'Hello' },
  finishReason: 'stop',
  model: 'm',
  provider: 'p',
  usage: { inputTokens: 1, outputTokens: 1, source: 'provider' },
};
const question = { messages: [{ role: 'user' as const, content: 'Hi' }] };

function eventNumber(sequence: number): KernelEvent {
  return { sequence, at: '2026-01-01T00:00:00.000Z', type: 'kernel-ready', version: '1' };
}

/** Answers nothing: for tests in which nobody gets as far as a call. */
function refuseAll(): never {
  throw new Error('no frame was expected');
}

function isCall(frame: ClientFrame): frame is Extract<ClientFrame, { type: 'call' }> {
  return frame.type === 'call';
}

test('a call goes out by its name and comes back typed; chunks arrive in order before it', async () => {
  await using kernel = await startScriptedKernel((frame, answer) => {
    if (!isCall(frame)) return;
    for (const text of ['Hel', 'lo']) {
      answer({ type: 'chunk', id: frame.id, chunk: { type: 'text-delta', text } });
    }
    answer({ type: 'result', id: frame.id, output: JSON.parse(JSON.stringify(reply)) });
  }, 'secret');
  await using client = await connect({ url: kernel.url, token: 'secret' });
  const chunks: string[] = [];
  const answer = await client.llm.chat(question, {
    deadlineMs: 5000,
    onChunk: (chunk) => chunk.type === 'text-delta' && chunks.push(chunk.text),
  });
  expect(answer).toEqual(reply);
  expect(chunks).toEqual(['Hel', 'lo']);
  expect(kernel.frames[0]).toMatchObject({
    name: 'llm.chat',
    input: question,
    stream: true,
    deadlineMs: 5000,
  });
});

test('answers find their calls however they overlap', async () => {
  const asked: ClientFrame[] = [];
  await using kernel = await startScriptedKernel((frame, answer) => {
    asked.push(frame);
    if (asked.length < 3) return;
    for (const call of asked.filter(isCall).reverse()) {
      const { path } = call.input as { path: string };
      answer({ type: 'result', id: call.id, output: { versions: [], path } });
    }
  });
  await using client = await connect({ url: kernel.url, token: 'x' });
  const answers = ['/a', '/b', '/c'].map((path) => client.storage.versions({ path }));
  expect(await Promise.all(answers)).toEqual([{ versions: [] }, { versions: [] }, { versions: [] }]);
});

test('an error of the kernel arrives as AiosError with code, disposition and details', async () => {
  const refusal = new AiosError('rate_limited', 'Too fast.', { details: { retryAfterMs: 5 } });
  await using kernel = await startScriptedKernel((frame, answer) =>
    answer({ type: 'error', id: frame.id, error: refusal.toProblem() }),
  );
  await using client = await connect({ url: kernel.url, token: 'x' });
  await expect(client.kernel.status()).rejects.toMatchObject({
    code: 'rate_limited',
    disposition: 'wait',
    message: 'Too fast.',
    details: { retryAfterMs: 5 },
  });
});

test('an abort cancels the call at the kernel, too; so does the deadline', async () => {
  const cancelled = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  await using kernel = await startScriptedKernel((frame) => {
    if (frame.type === 'call') started.resolve();
    if (frame.type === 'cancel') cancelled.resolve();
  });
  await using client = await connect({ url: kernel.url, token: 'x' });
  const controller = new AbortController();
  const call = client.llm.chat(question, { signal: controller.signal });
  await started.promise;
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'cancelled' });
  await cancelled.promise;
  await expect(client.llm.chat(question, { deadlineMs: 20 })).rejects.toMatchObject({
    code: 'deadline_exceeded',
  });
  await expect(client.llm.models({}, { signal: controller.signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
});

test('an answer that is not what the table says is an error, not a lie', async () => {
  await using kernel = await startScriptedKernel((frame, answer) =>
    answer({ type: 'result', id: frame.id, output: { models: 'none' } }),
  );
  await using client = await connect({ url: kernel.url, token: 'x' });
  await expect(client.llm.models()).rejects.toThrow(/llm\.models.*output\.models/);
});

test('a chunk listener that throws fails its call and nothing else', async () => {
  await using kernel = await startScriptedKernel((frame, answer) => {
    if (!isCall(frame)) return;
    if (frame.stream) answer({ type: 'chunk', id: frame.id, chunk: { type: 'text-delta', text: 'x' } });
    else answer({ type: 'result', id: frame.id, output: { models: [] } });
  });
  await using client = await connect({ url: kernel.url, token: 'x' });
  const onChunk = () => {
    throw new Error('my own mistake');
  };
  await expect(client.llm.chat(question, { onChunk })).rejects.toThrow('my own mistake');
  expect(await client.llm.models()).toEqual({ models: [] });
  expect(kernel.frames.map((frame) => frame.type)).toEqual(['call', 'cancel', 'call']);
});

test('a lost connection fails what is open; the next call connects anew', async () => {
  await using kernel = await startScriptedKernel((frame, answer) => {
    if (kernel.connections.length === 1) kernel.connections[0]?.terminate();
    else answer({ type: 'result', id: frame.id, output: { models: [] } });
  });
  await using client = await connect({ url: kernel.url, token: 'x' });
  const lost = await Promise.allSettled([client.llm.models(), client.kernel.status()]);
  for (const outcome of lost) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
  }
  expect(await client.llm.models()).toEqual({ models: [] });
  expect(kernel.connections).toHaveLength(2);
});

test('events reach a listener until it is disposed', async () => {
  await using kernel = await startScriptedKernel((frame, answer) => {
    if (frame.type !== 'subscribe') return;
    answer({ type: 'subscribed', id: frame.id });
    for (const sequence of [1, 2]) answer({ type: 'event', id: frame.id, event: eventNumber(sequence) });
  });
  await using client = await connect({ url: kernel.url, token: 'x' });
  const seen: number[] = [];
  const second = Promise.withResolvers<void>();
  const subscription = await client.subscribe({ types: ['kernel-ready'] }, ({ sequence }) => {
    seen.push(sequence);
    if (sequence === 2) second.resolve();
  });
  await second.promise;
  subscription[Symbol.dispose]();
  expect(seen).toEqual([1, 2]);
  expect(kernel.frames[0]).toMatchObject({ type: 'subscribe', filter: { types: ['kernel-ready'] } });
});

test('events can be looped over; leaving the loop unsubscribes, a lost connection ends it with an error', async () => {
  const unsubscribed = Promise.withResolvers<void>();
  await using kernel = await startScriptedKernel((frame, answer) => {
    if (frame.type === 'unsubscribe') unsubscribed.resolve();
    if (frame.type !== 'subscribe') return;
    answer({ type: 'subscribed', id: frame.id });
    for (const sequence of [1, 2, 3]) answer({ type: 'event', id: frame.id, event: eventNumber(sequence) });
  });
  await using client = await connect({ url: kernel.url, token: 'x' });
  const seen: number[] = [];
  for await (const event of client.events()) {
    seen.push(event.sequence);
    if (event.sequence === 2) break;
  }
  await unsubscribed.promise;
  expect(seen).toEqual([1, 2]);
  const loop = (async () => {
    for await (const event of client.events()) if (event.sequence === 3) kernel.connections[0]?.terminate();
  })();
  await expect(loop).rejects.toMatchObject({ code: 'unavailable' });
});

test('no kernel: the error says how to start one', async () => {
  await expect(connect({ url: 'http://127.0.0.1:1', token: 'x' })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/127\.0\.0\.1:1.*aios up/),
  });
});

test('a wrong token: the error names the file that holds the right one and not the token', async () => {
  await using kernel = await startScriptedKernel(refuseAll, 'right');
  const attempt = connect({ url: kernel.url, token: 'wrong-token', home: '/some/home' });
  const error = await attempt.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'unauthenticated' });
  expect(String(error)).toContain('/some/home/credentials');
  expect(String(error)).not.toContain('wrong-token');
});

test('address and token are found in the home', async () => {
  await using kernel = await startScriptedKernel((frame, answer) => {
    answer({ type: 'result', id: frame.id, output: { models: [] } });
  }, 'from-file');
  const home = await mkdtemp(join(tmpdir(), 'aios-sdk-'));
  try {
    await writeFile(
      join(home, 'kernel.json'),
      JSON.stringify({
        url: kernel.url,
        osPid: process.pid,
        startedAt: new Date().toISOString(),
        version: '1.0.0',
      }),
    );
    await writeFile(join(home, 'credentials'), 'from-file\n');
    await using client = await connect({ home });
    expect(client.url).toBe(kernel.url);
    expect(await client.llm.models()).toEqual({ models: [] });
  } finally {
    await rm(home, { recursive: true });
  }
});

test('a closed client fails open calls and takes no more', async () => {
  const arrived = Promise.withResolvers<void>();
  await using kernel = await startScriptedKernel(() => arrived.resolve());
  const client = await connect({ url: kernel.url, token: 'x' });
  const call = client.kernel.status();
  const failure = expect(call).rejects.toMatchObject({ code: 'cancelled' });
  await arrived.promise;
  await client.close();
  await failure;
  await expect(client.kernel.status()).rejects.toMatchObject({ code: 'cancelled' });
});
