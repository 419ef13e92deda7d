import { always, type ScriptedTurn } from '@aios/testing';
import { expect, test } from 'vitest';
import { type Gateway, startGateway, upstreams } from './gateway.fixture.ts';

const messages = [{ role: 'user' as const, content: 'hi' }];
const ask = (gateway: Gateway, model: string, client = gateway.client()) =>
  client.chat.completions.create({ model, messages });
const fault = (status: number, rest: object = {}): ScriptedTurn => ({
  fault: { kind: 'status', status, ...rest },
});

async function errorOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error as {
    status: number;
    code: string;
    type: string;
    param: string;
    headers: Headers;
    message: string;
  };
}

test('a wrong key, a missing one and a revoked one are refused in the shape of OpenAI', async () => {
  await using gateway = await startGateway(always({ text: 'ok' }));
  const operator = gateway.kernel.open(gateway.token);
  const { token, key } = await operator.call('key.create', { name: 'mine' });
  expect((await ask(gateway, 'gpt', gateway.client({ apiKey: token }))).choices[0]?.message.content).toBe(
    'ok',
  );
  await operator.call('key.revoke', { id: key.id });
  for (const apiKey of ['wrong', token]) {
    const error = await errorOf(ask(gateway, 'gpt', gateway.client({ apiKey, maxRetries: 2 })));
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
    expect(error.headers.get('x-should-retry')).toBe('false');
    expect(error.message).not.toContain(apiKey);
  }
  const bare = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', body: '{}' });
  expect(bare.status).toBe(401);
  expect(await bare.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
});

test('bad requests name the parameter', async () => {
  await using gateway = await startGateway(always({ text: 'ok' }));
  const send = async (body: string) => {
    const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' };
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body });
    return { status: response.status, answer: await response.json() };
  };
  const claude = (rest: object) => JSON.stringify({ model: 'claude', messages, ...rest });
  const refused = async (body: string, error: object) =>
    expect(await send(body)).toMatchObject({ status: 400, answer: { error } });
  await refused('{', { type: 'invalid_request_error' });
  await refused(claude({ messages: 'hi' }), { param: 'messages' });
  await refused(claude({ temperature: 7 }), { param: 'temperature' });
  await refused(claude({ max_tokens: -1 }), { param: 'max_tokens' });
  await refused(claude({ logprobs: true }), { param: 'logprobs' });
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,not base64!' } };
  const broken = { messages: [{ role: 'user', content: [image] }] };
  await refused(claude(broken), { param: expect.stringContaining('messages') });
});

test('a used-up budget is 402, and the client tries once', async () => {
  await using gateway = await startGateway(always({ text: 'ok' }));
  const operator = gateway.kernel.open(gateway.token);
  const { pid } = await operator.call('process.spawn', {
    agent: 'sleeper',
    runtime: 'inline',
    budget: { calls: 1 },
  });
  const paying = gateway.client({ maxRetries: 2, headers: { 'x-aios-pid': String(pid) } });
  await ask(gateway, 'claude', paying);
  for (const model of ['gpt', 'claude']) {
    const before = gateway.sent.count;
    const error = await errorOf(ask(gateway, model, paying));
    expect(error).toMatchObject({ status: 402, type: 'insufficient_quota', code: 'budget_exceeded' });
    expect(error.headers.get('x-should-retry')).toBe('false');
    expect(gateway.sent.count - before).toBe(1);
  }
});

test.each(upstreams)('limits of %s are 429 with the time to wait', async (model) => {
  await using gateway = await startGateway(always(fault(429, { retryAfterMs: 2000 })));
  const error = await errorOf(ask(gateway, model));
  expect(error).toMatchObject({ status: 429, type: 'rate_limit_error' });
  expect(Number(error.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(error.headers.get('x-should-retry')).toBeNull();
});

test.each(upstreams)('a stream of %s that breaks tells so in the stream', async (model) => {
  await using gateway = await startGateway(
    always({ text: ['a', 'b', 'c'], fault: { kind: 'error', afterPieces: 2, message: 'broken' } }),
  );
  const stream = await gateway.client().chat.completions.create({ model, messages, stream: true });
  const seen: string[] = [];
  const reading = async () => {
    for await (const { choices } of stream) seen.push(choices[0]?.delta.content ?? '');
  };
  await expect(reading()).rejects.toThrow(/broken/);
  expect(seen.join('')).toBe('ab');
});

test.each(upstreams)('a client that goes away cancels the call to %s within 100 ms', async (model) => {
  await using gateway = await startGateway(
    always({ text: ['a', 'b'], fault: { kind: 'stall', afterPieces: 1 } }),
  );
  for (const stream of [true, false]) {
    const controller = new AbortController();
    const server = gateway.servers[model];
    const upstream = server.requestAt(server.requests.length);
    const settled = Promise.race([
      gateway.nextOf('syscall-settled', 'llm.chat'),
      gateway.nextOf('syscall-settled', 'llm.forward'),
    ]);
    const { signal } = controller;
    const asked = gateway.client().chat.completions.create({ model, messages, stream }, { signal });
    const asking = asked.then(async (given) => {
      if (!(Symbol.asyncIterator in given)) return;
      for await (const _ of given) controller.abort();
    });
    const failing = asking.catch(() => undefined);
    const { disconnected } = await upstream;
    if (!stream) controller.abort();
    const abortedAt = stream ? await failing.then(() => performance.now()) : performance.now();
    await disconnected;
    expect(performance.now() - abortedAt).toBeLessThan(100);
    await failing;
    await settled;
    const { queues } = await gateway.kernel.open(gateway.token).call('kernel.status', {});
    expect(queues.find(({ name }) => name === `core:${model}`)).toMatchObject({ running: 0, queued: 0 });
  }
});

test('a stream that waits is kept alive with comments', async () => {
  await using gateway = await startGateway(always({ text: 'late', delayMs: 120 }), { heartbeatMs: 20 });
  const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'claude', messages, stream: true });
  const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body });
  const text = await response.text();
  expect(text).toMatch(/^: ping\n\n/);
  expect(text).toContain('late');
  expect(text).toMatch(/data: \[DONE\]\n\n$/);
});
