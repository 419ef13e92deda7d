// A client that goes away cancels the call at the provider within 100 ms and frees its slot: in every dialect, streamed or
// not, translated or passed on, running or still in the queue.

import type { KernelEvent } from '@aios/protocol';
import { always, firstOf, type RecordedRequest, rules, vendorServers, type WireServer } from '@aios/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './test-support/index.ts';

const limitMs = 100;

let openai: WireServer;
let anthropic: WireServer;
let gemini: WireServer;
let aios: TestServer;
const open = new AsyncDisposableStack();
beforeAll(async () => {
  const script = firstOf(
    rules([/broken/, { delayMs: 30, fault: { kind: 'status', status: 500 } }]),
    always({ text: ['one', 'two'], fault: { kind: 'stall', afterPieces: 1 } }),
  );
  openai = open.use(await vendorServers.openai({ script }));
  anthropic = open.use(await vendorServers.anthropic({ script }));
  gemini = open.use(await vendorServers.gemini({ script }));
  const model = (name: string, backend: string, { baseUrl }: WireServer, concurrency = 1) => {
    return { name, backend, hostname: baseUrl, api_key: 'k', model: 'known', concurrency };
  };
  const models = [
    model('chat', 'openai', openai),
    model('responses', 'openai-responses', openai),
    model('claude', 'anthropic', anthropic),
    model('gemini', 'gemini', gemini),
    model('wide', 'anthropic', anthropic, 8),
  ];
  const config = JSON.stringify({ llms: { models, retries: 0 } });
  aios = open.use(await startTestServer({ config }));
});
afterAll(() => open.disposeAsync());

const messages = [{ role: 'user', content: 'hi' }];
const google = (model: string, stream: boolean) => ({
  path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
});

interface Asked {
  readonly path: string;
  readonly body: object;
}

interface Case {
  readonly dialect: string;
  readonly model: string;
  readonly how: 'llm.forward' | 'llm.chat';
  readonly ask: (model: string, stream: boolean) => Asked;
}

const chat: Case['ask'] = (model, stream) => ({
  path: '/v1/chat/completions',
  body: { model, messages, stream },
});
const completions: Case['ask'] = (model, stream) => ({
  path: '/v1/completions',
  body: { model, prompt: 'hi', stream },
});
const responses: Case['ask'] = (model, stream) => ({
  path: '/v1/responses',
  body: { model, input: 'hi', stream, store: false },
});
const claude: Case['ask'] = (model, stream) => ({
  path: '/v1/messages',
  body: { model, messages, max_tokens: 100, stream },
});

const cases: Case[] = [
  { dialect: 'chat completions', model: 'chat', how: 'llm.forward', ask: chat },
  { dialect: 'chat completions', model: 'claude', how: 'llm.chat', ask: chat },
  { dialect: 'completions', model: 'chat', how: 'llm.chat', ask: completions },
  { dialect: 'responses', model: 'responses', how: 'llm.forward', ask: responses },
  { dialect: 'responses', model: 'claude', how: 'llm.chat', ask: responses },
  { dialect: 'messages', model: 'claude', how: 'llm.forward', ask: claude },
  { dialect: 'messages', model: 'gemini', how: 'llm.chat', ask: claude },
  { dialect: 'generateContent', model: 'gemini', how: 'llm.forward', ask: google },
  { dialect: 'generateContent', model: 'chat', how: 'llm.chat', ask: google },
];

function serverOf(model: string): WireServer {
  if (model === 'gemini') return gemini;
  return model === 'claude' || model === 'wide' ? anthropic : openai;
}

/** A client that can hang up. */
class Client {
  readonly #leaving = new AbortController();
  readonly answered: Promise<Response | undefined>;

  constructor({ path, body }: Asked) {
    const { signal } = this.#leaving;
    this.answered = aios
      .request(path, { method: 'POST', body: JSON.stringify(body), signal })
      .catch(() => undefined);
  }

  /** Waits for the first bytes of a stream. */
  async begin(): Promise<void> {
    const reader = (await this.answered)?.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
  }

  leave(): void {
    this.#leaving.abort();
  }
}

async function load(model: string) {
  const { queues } = await aios.kernel.open(aios.token).call('kernel.status', {});
  const { running, queued } = queues.find(({ name }) => name === `core:${model}`) ?? {};
  return { running, queued };
}

/** Starts a client and waits until its call is at the provider. */
async function startRunning(
  { model, ask }: Case,
  stream: boolean,
): Promise<{ client: Client; upstream: RecordedRequest }> {
  const server = serverOf(model);
  const coming = server.requestAt(server.requests.length);
  const client = new Client(ask(model, stream));
  const upstream = await coming;
  if (stream) await client.begin();
  return { client, upstream };
}

function endOf(name: Case['how'], count = 1): Promise<KernelEvent[]> {
  return aios.nextOf('syscall-settled', name, count);
}

describe.each(cases)('$dialect by $how', (one) => {
  const { model, how, ask } = one;

  test.each([true, false])('running, stream: %s', { retry: 2 }, async (stream) => {
    const { client, upstream } = await startRunning(one, stream);
    expect(await load(model)).toEqual({ running: 1, queued: 0 });
    const ended = endOf(how);
    const leftAt = performance.now();
    client.leave();
    const [[event]] = await Promise.all([ended, upstream.disconnected]);
    expect(performance.now() - leftAt).toBeLessThan(limitMs);
    expect(event).toMatchObject({ status: 'error', code: 'cancelled' });
    expect(await load(model)).toEqual({ running: 0, queued: 0 });
  });

  test.each([true, false])('queued, stream: %s', { retry: 2 }, async (stream) => {
    const { client: first, upstream } = await startRunning(one, true);
    const before = serverOf(model).requests.length;
    const second = new Client(ask(model, stream));
    await expect.poll(() => load(model), { interval: 5 }).toEqual({ running: 1, queued: 1 });
    const ended = endOf(how);
    const leftAt = performance.now();
    second.leave();
    const [event] = await ended;
    expect(performance.now() - leftAt).toBeLessThan(limitMs);
    expect(event).toMatchObject({ status: 'error', code: 'cancelled' });
    expect(await load(model)).toEqual({ running: 1, queued: 0 });
    const firstEnded = endOf(how);
    first.leave();
    await Promise.all([firstEnded, upstream.disconnected]);
    expect(serverOf(model).requests.length).toBe(before);
  });
});

describe.each([
  ['chat completions', chat('wide', true), { n: 4 }],
  ['completions', completions('wide', true), { n: 2, prompt: ['one', 'two'] }],
] as const)('several choices of %s', (_dialect, { path, body }, several) => {
  test.each([true, false])('are all cancelled, stream: %s', { retry: 2 }, async (stream) => {
    const at = anthropic.requests.length;
    const client = new Client({ path, body: { ...body, ...several, stream } });
    const upstreams = await Promise.all([0, 1, 2, 3].map((index) => anthropic.requestAt(at + index)));
    if (stream) await client.begin();
    expect(await load('wide')).toEqual({ running: 4, queued: 0 });
    const ended = endOf('llm.chat', 4);
    const leftAt = performance.now();
    client.leave();
    await Promise.all([ended, ...upstreams.map(({ disconnected }) => disconnected)]);
    expect(performance.now() - leftAt).toBeLessThan(limitMs);
    expect(await load('wide')).toEqual({ running: 0, queued: 0 });
  });
});

test.each([true, false])(
  'where one of several prompts fails the others are cancelled, stream: %s',
  async (stream) => {
    const at = anthropic.requests.length;
    const body = { model: 'wide', prompt: ['fine', 'broken'], stream };
    const ended = endOf('llm.chat', 2);
    const client = new Client({ path: '/v1/completions', body });
    const upstreams = await Promise.all([0, 1].map((index) => anthropic.requestAt(at + index)));
    const fine = upstreams.find(({ text }) => text.includes('fine'));
    await Promise.all([ended, fine?.disconnected]);
    expect(await (await client.answered)?.text()).toContain('"error"');
    expect(await load('wide')).toEqual({ running: 0, queued: 0 });
  },
);
