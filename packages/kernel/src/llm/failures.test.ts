import { always, sequence, startOpenAiServer } from '@aios/testing';
import { eventually } from '@aios/testing/eventually';
import { expect, test } from 'vitest';
import { createLogger, EventBus } from '../telemetry/index.ts';
import {
  calibrations,
  chat,
  config,
  contextOf,
  failure,
  logger,
  noOllama,
  queues,
  rigid,
  settings,
} from './llm.fixture.ts';
import { createLlm } from './llm.ts';

test('a key never appears: not in errors, events, logs, nor in the list of models', async () => {
  const key = 'sk-very-secret-0123456789';
  const lines: string[] = [];
  const events = new EventBus();
  events.subscribe((event) => lines.push(JSON.stringify(event)));
  const log = createLogger('trace', { write: (line: string) => lines.push(line) });
  await using server = await startOpenAiServer({
    script: always({
      fault: { kind: 'status', status: 503, message: `Your key ${key} is fine, we are not` },
    }),
    key,
  });
  const current = config({
    models: [
      { name: 'down', backend: 'openai', hostname: server.baseUrl, api_key: key },
      { name: 'refused', backend: 'openai', hostname: server.baseUrl, api_key: `${key}-wrong` },
    ],
    retries: 0,
    breaker: { failures: 1 },
  });
  const llm = await createLlm({
    config: () => current,
    env: noOllama,
    logger: log,
    queues,
    events,
    window: rigid,
    calibrations,
  });
  const error = await failure(() => chat(llm).run());
  lines.push(JSON.stringify(error.toProblem()), error.stack ?? '', JSON.stringify(llm.models()));
  expect(error.message).toMatch(/\[secret\] is fine, we are not/);
  expect(lines.filter((line) => line.includes('core-changed'))).toHaveLength(2);
  expect(lines.join('\n')).not.toContain(key);
});

test('the health of a model is listed, and a change of it is an event', async () => {
  const events = new EventBus();
  const seen: object[] = [];
  events.subscribe((event) => seen.push(event));
  await using server = await startOpenAiServer({
    script: sequence({ text: 'hi' }, { fault: { kind: 'status', status: 500, message: 'Out of order' } }),
  });
  const current = config({
    models: [{ name: 'm', backend: 'vllm', hostname: server.baseUrl }],
    retries: 0,
    breaker: { failures: 1, open_ms: 60_000 },
  });
  const llm = await createLlm({
    config: () => current,
    env: noOllama,
    logger,
    queues,
    events,
    window: rigid,
    calibrations,
  });
  const health = () => llm.models()[0]?.health;
  expect(health()).toEqual({ state: 'unknown' });
  await chat(llm).run();
  expect(health()).toEqual({ state: 'ok' });
  await failure(() => chat(llm).run());
  expect(health()).toMatchObject({ state: 'failing', reason: expect.stringMatching(/Out of order/) });
  expect(health()?.retryAtMs).toBeGreaterThan(Date.now());
  expect(seen).toMatchObject([
    { type: 'core-changed', model: 'm', provider: 'vllm', from: 'unknown', to: 'ok' },
    { type: 'core-changed', model: 'm', from: 'ok', to: 'failing', reason: expect.any(String) },
  ]);
});

test('limits that a provider reports hold back the next call until its reset', async () => {
  const limits = { requests: { limit: 10, remaining: 0, resetMs: 200 } };
  await using server = await startOpenAiServer({ script: always({ text: 'hi', limits }) });
  const llm = await settings({ models: [{ name: 'm', backend: 'vllm', hostname: server.baseUrl }] });
  await chat(llm).run();
  const next = chat(llm).run();
  const health = () => llm.models()[0]?.health;
  await eventually(
    () => expect(health()).toMatchObject({ state: 'limited', retryAtMs: expect.any(Number) }),
    { interval: 1 },
  );
  const begun = performance.now();
  await next;
  expect(performance.now() - begun).toBeGreaterThan(100);
  expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
});

test('a stalled provider is given up and another one answers; the connection to the first is closed', async () => {
  await using stalled = await startOpenAiServer({
    script: always({ text: 'never', fault: { kind: 'stall', afterPieces: 0 } }),
  });
  await using healthy = await startOpenAiServer({ script: always({ text: 'hi' }) });
  const llm = await settings({
    models: [
      {
        name: 'a',
        backend: 'openai',
        api_key: 'k',
        hostname: stalled.baseUrl,
        timeouts: { first_token_ms: 80 },
      },
      { name: 'b', backend: 'openai', api_key: 'k', hostname: healthy.baseUrl },
    ],
  });
  const { prepared } = chat(llm);
  const reply = await prepared.execute({ ...contextOf(), emit: () => undefined });
  expect(reply).toMatchObject({ model: 'b', metadata: { tried: [{ model: 'a', code: 'unavailable' }] } });
  const { inputTokens, outputTokens } = reply.usage;
  const charged = prepared.usage?.(reply);
  // The given-up model may have written all that was reserved for it, and its vendor charges for that.
  expect((charged?.inputTokens ?? 0) + (charged?.outputTokens ?? 0)).toBe(
    inputTokens + outputTokens + (prepared.reserveTokens ?? 0),
  );
  expect(charged?.source).toBe('estimate');
  await stalled.requests[0]?.disconnected;
});
