// Threads that block, run out of memory and crash, for real.

import type { EventOf, JsonValue, KernelEvent, Pid } from '@aios/protocol';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../tool/index.ts';

const config = `llms:
  models:
    - { name: offline, backend: offline }
agent_factory:
  max_workers: 1
  stuck_after_ms: 500
  max_heap_bytes: 67108864
  drop_waiting_after_ms: 600000
`;

const agent = (name: string, body: string) => `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: '${name}',
  permissions: ['*'],
  async run(input, aios) {
    ${body}
  },
});`;

/** Does harm once it is told to. */
const harm = (body: string) => `await aios.process.log({ text: 'ready' });
    await aios.message.receive();
    ${body}`;
const agents = {
  blocker: harm('for (;;);'),
  hog: harm(`const held = [];
    for (;;) {
      held.push(new Array(100_000).fill(0.5));
      await new Promise((resolve) => setImmediate(resolve));
    }`),
  quitter: harm('process.exit(7);'),
  // Without any message from the kernel just before.
  'late-blocker': harm(`await new Promise(() => setTimeout(() => { for (;;); }, 150));`),
  careless: harm("await new Promise(() => setTimeout(() => { throw new Error('escaped'); }, 10));"),
  payer: `return (await aios.tool.call({ name: 'payments.pay', arguments: {} })).result;`,
  deaf: `await aios.process.log({ text: 'ready' }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (;;);`,
  // What a model said, and the value, must come of one run alone.
  innocent: `const { message } = await aios.llm.chat({ messages: [{ role: 'user', content: 'hello' }] });
    await aios.blackboard.set({ key: 'said by ' + input, value: 1 });
    await aios.process.log({ text: 'ready' });
    const { content } = await aios.message.receive();
    return { content, said: message.content.length > 0 };`,
};

/** Takes a payment, and answers when the test says so. */
const bank = {
  payments: 0,
  asked: Promise.withResolvers<(receipt: JsonValue) => void>(),
  tool: defineTool({
    name: 'payments.pay',
    description: 'Pays.',
    input: z.object({}),
    effect: 'external',
    idempotent: false,
    run: () => {
      bank.payments += 1;
      const { promise, resolve } = Promise.withResolvers<JsonValue>();
      bank.asked.resolve(resolve);
      return promise;
    },
  }),
};

let installation: Installation;
let events: KernelEvent[] = [];
beforeAll(async () => {
  installation = await bootInstallation({ config, tools: [bank.tool] });
  for (const [name, body] of Object.entries(agents)) {
    await installAgent(installation.home, name, agent(name, body));
  }
});
afterAll(() => installation[Symbol.asyncDispose]());
beforeEach(() => {
  events = [];
  const subscription = installation.kernel.events.subscribe((event) => events.push(event));
  return () => subscription[Symbol.dispose]();
});

const session = () => installation.session;

/** Starts an agent and waits until it is ready to be told more. */
async function start(name: string, options: { durable?: boolean; input?: string } = {}): Promise<Pid> {
  const ready = Promise.withResolvers<void>();
  using _subscription = installation.kernel.events.subscribe((event) => {
    if (event.type === 'process-logged' && event.agent === name) ready.resolve();
  });
  const { pid } = await session().call('process.spawn', { agent: name, input: null, ...options });
  await ready.promise;
  return pid;
}

const tell = (pid: Pid) => session().call('message.send', { to: String(pid), content: 'now' });
const ended = (pid: Pid) => session().call('process.wait', { pid, timeoutMs: 20_000 });
const settled = (pid: Pid, name: string) =>
  events.filter(
    (event): event is EventOf<'syscall-settled'> =>
      event.type === 'syscall-settled' && event.pid === pid && event.name === name,
  );

/** Resolves when the process goes on elsewhere for this reason. */
async function goesOn(pid: Pid, reason: RegExp): Promise<void> {
  const moved = Promise.withResolvers<void>();
  using _subscription = installation.kernel.events.subscribe((event) => {
    if (event.type === 'process-changed' && event.pid === pid && reason.test(event.cause)) moved.resolve();
  });
  await moved.promise;
}

test.each([
  ['blocker', /kept its thread busy for 500 ms/],
  ['late-blocker', /kept its thread busy for 500 ms/],
  ['hog', /used up the memory of its thread \(64 MB\)/],
  ['quitter', /ended its thread: exit code 7/],
])(
  '%s breaks its thread: a durable neighbour goes on, one that is not durable fails, both with the reason',
  async (name, reason) => {
    const culprit = await start(name);
    const durable = await start('innocent', { durable: true, input: name });
    const brief = await start('innocent', { input: 'nobody' });
    await tell(culprit);

    expect(await ended(culprit)).toMatchObject({
      state: 'failed',
      error: { detail: expect.stringMatching(reason) },
    });
    const lost = await ended(brief);
    expect(lost).toMatchObject({ state: 'failed', error: { code: 'unavailable', disposition: 'retry' } });
    expect(lost.error?.detail).toContain(`Process ${culprit} `);

    await tell(durable);
    expect(await ended(durable)).toMatchObject({
      state: 'succeeded',
      output: { content: 'now', said: true },
    });
    expect(settled(durable, 'llm.chat').map(({ status }) => status)).toEqual(['ok', 'replayed']);
    const { version } = await session().call('blackboard.get', { key: `said by ${name}` });
    expect(version).toBe(1);
    const { entries } = await session().call('process.logs', { pid: durable });
    expect(entries.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^ready: goes on elsewhere: /),
    );
  },
  40_000,
);

test('a call that is under way when the thread breaks is answered, and not made again', async () => {
  const culprit = await start('blocker');
  const { pid } = await session().call('process.spawn', { agent: 'payer', input: null, durable: true });
  const pay = await bank.asked.promise;
  await tell(culprit);
  await ended(culprit);
  pay({ receipt: 1 });
  expect(await ended(pid)).toMatchObject({ state: 'succeeded', output: { receipt: 1 } });
  expect(bank.payments).toBe(1);
  const { effects } = await session().call('effect.list', { pid });
  expect(effects).toMatchObject([{ state: 'committed' }]);
});

test('code of a process that has ended and goes on all the same is to blame, and no neighbour', async () => {
  const neighbour = await start('innocent', { durable: true, input: 'deaf' });
  const deaf = await start('deaf');
  await session().call('process.kill', { pid: deaf });
  await goesOn(neighbour, new RegExp(`Process ${deaf} kept its thread busy`));
  await tell(neighbour);
  expect(await ended(neighbour)).toMatchObject({ state: 'succeeded' });
});

test('a durable process that breaks its thread again and again is failed with the reason, and harms nobody else twice', async () => {
  await installAgent(installation.home, 'poison', agent('poison', 'for (;;);'));
  const neighbour = await start('innocent', { durable: true, input: 'poison' });
  const { pid } = await session().call('process.spawn', { agent: 'poison', input: null, durable: true });
  expect(await ended(pid)).toMatchObject({
    state: 'failed',
    error: { detail: expect.stringContaining('the like 3 times'), details: { breaks: 3 } },
  });
  const moves = events.filter(
    (event) =>
      event.type === 'process-changed' &&
      event.pid === neighbour &&
      event.cause.startsWith('goes on elsewhere'),
  );
  expect(moves).toHaveLength(1);
  await tell(neighbour);
  expect(await ended(neighbour)).toMatchObject({ state: 'succeeded' });
}, 40_000);

test('an error that an agent lets escape ends this agent alone', async () => {
  const careless = await start('careless');
  const neighbour = await start('innocent');
  await tell(careless);
  expect(await ended(careless)).toMatchObject({ state: 'failed', error: { detail: 'escaped' } });
  await tell(neighbour);
  expect(await ended(neighbour)).toMatchObject({ state: 'succeeded' });
});

test('a suspended process whose thread breaks stays suspended, and goes on when it is resumed', async () => {
  const culprit = await start('quitter');
  const pid = await start('innocent', { durable: true, input: 'suspended' });
  await session().call('process.signal', { pid, signal: 'suspend' });
  await tell(culprit);
  await ended(culprit);
  await expect.poll(async () => (await session().call('process.get', { pid })).state).toBe('suspended');
  await tell(pid);
  await session().call('process.signal', { pid, signal: 'resume' });
  expect(await ended(pid)).toMatchObject({ state: 'succeeded' });
});

test('a process can be killed while its thread is stuck, and after that the thread is used again', async () => {
  const culprit = await start('blocker');
  const neighbour = await start('innocent', { durable: true, input: 'killed' });
  await tell(culprit);
  await tell(neighbour);
  expect(await session().call('process.kill', { pid: neighbour })).toMatchObject({ state: 'killed' });
  await ended(culprit);
  expect(await session().call('process.get', { pid: neighbour })).toMatchObject({ state: 'killed' });
  const { pid } = await session().call('process.spawn', { agent: 'echo', input: 1, runtime: 'worker' });
  expect(await ended(pid)).toMatchObject({ state: 'succeeded' });
});
