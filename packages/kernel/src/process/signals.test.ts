// Signals, suspension, families and structured exits, through a whole kernel.

import { type KernelEvent, type Pid, pid as pidSchema } from '@aios/protocol';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { afterAll, beforeAll, expect, test } from 'vitest';

let installation: Installation;

beforeAll(async () => {
  installation = await bootInstallation();
});

afterAll(() => installation[Symbol.asyncDispose]());

const call: Installation['session']['call'] = (...args) => installation.session.call(...args);

/** Resolves with the next event of a process that is looked for. */
function next(pid: () => Pid | undefined, matches: (event: KernelEvent) => boolean): Promise<KernelEvent> {
  const { promise, resolve } = Promise.withResolvers<KernelEvent>();
  const subscription = installation.kernel.events.subscribe((event) => {
    if (!('pid' in event) || (pid() !== undefined && event.pid !== pid()) || !matches(event)) return;
    subscription[Symbol.dispose]();
    resolve(event);
  });
  return promise;
}

const logs = (text: string) => (event: KernelEvent) => event.type === 'process-logged' && event.text === text;

async function start(agent: string, text: string, request: object = {}): Promise<Pid> {
  const logged = next(
    () => undefined,
    (event) => logs(text)(event) && 'agent' in event && event.agent === agent,
  );
  const { pid } = await call('process.spawn', { agent, ...request });
  await logged;
  return pid;
}

const texts = async (pid: Pid) => (await call('process.logs', { pid })).entries.map(({ text }) => text);

test.each(['inline', 'worker'] as const)(
  'an agent on %s hears interrupts, and decides itself',
  async (runtime) => {
    const pid = await start('listener', 'listening', { runtime, input: { messages: 2 } });
    expect(await call('process.signal', { pid, signal: 'interrupt', message: { change: 'course' } })).toEqual(
      {
        signalled: [pid],
      },
    );
    await call('process.signal', { pid, signal: 'interrupt', message: 'again' });
    expect(await call('process.wait', { pid })).toMatchObject({
      state: 'succeeded',
      exit: 'success',
      output: ['interrupt: {"change":"course"}', 'interrupt: "again"'],
    });
  },
);

test.each(['inline', 'worker'] as const)(
  'an agent on %s that is told to end makes its last calls within the grace period',
  async (runtime) => {
    const pid = await start('listener', 'listening', { runtime, input: {} });
    await call('process.signal', { pid, signal: 'terminate', message: 'closing time' });
    expect(await call('process.wait', { pid })).toMatchObject({
      state: 'succeeded',
      output: ['terminate: "closing time"'],
    });
    const told = await texts(pid);
    expect(told).toContain('signal terminate: closing time');
    expect(told).toContain('heard terminate: "closing time"');
  },
);

test('an agent that does not listen ends with the call that is under way', async () => {
  const waiting = next(
    () => undefined,
    (event) => event.type === 'process-changed' && event.to === 'waiting',
  );
  const { pid } = await call('process.spawn', { agent: 'parent', input: { agent: 'sleeper' } });
  await waiting;
  const { signalled } = await call('process.signal', { pid, signal: 'terminate', message: 'no need' });
  expect(signalled).toHaveLength(2);
  expect(await call('process.wait', { pid })).toMatchObject({
    state: 'killed',
    exit: 'killed',
    error: { detail: 'Process terminated: no need' },
  });
});

test('one that ignores it is killed when the grace period is over', async () => {
  const pid = await start('spinner', 'spinning', { runtime: 'worker' });
  await call('process.signal', { pid, signal: 'terminate', graceMs: 20 });
  expect(await call('process.wait', { pid })).toMatchObject({ state: 'killed' });
});

test('a suspended process makes no call until it is resumed, and its end waits, too', async () => {
  const pid = await start('listener', 'listening', { input: { messages: 1 } });
  await call('process.signal', { pid, signal: 'suspend' });
  await call('process.signal', { pid, signal: 'interrupt', message: 1 });
  expect(await call('process.get', { pid })).toMatchObject({ state: 'suspended' });
  expect(await call('process.signal', { pid, signal: 'suspend' })).toEqual({ signalled: [] });
  await expect(call('process.wait', { pid, timeoutMs: 50 })).rejects.toMatchObject({
    code: 'deadline_exceeded',
  });
  expect(await texts(pid)).not.toContain('heard interrupt: 1');
  await call('process.signal', { pid, signal: 'resume' });
  expect(await call('process.wait', { pid })).toMatchObject({ state: 'succeeded', output: ['interrupt: 1'] });
  const { entries } = await call('process.logs', { pid });
  expect(entries.filter(({ kind }) => kind === 'state').map(({ text }) => text.split(':')[0])).toEqual([
    'created',
    'ready',
    'running',
    'signal suspend',
    'suspended',
    'signal interrupt',
    'signal resume',
    'ready',
    'running',
    'succeeded',
  ]);
});

test('a suspended process can be killed', async () => {
  const pid = await start('sleeper', 'asleep');
  await call('process.signal', { pid, signal: 'suspend' });
  expect(await call('process.kill', { pid, reason: 'test' })).toMatchObject({
    state: 'killed',
    exit: 'killed',
  });
  await expect(call('process.signal', { pid, signal: 'resume' })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('has killed'),
  });
});

test('a group is signalled as one; who is started in a new group is left alone', async () => {
  const inherit = await start('sleeper', 'asleep');
  const outcome = await call('process.spawn', {
    agent: 'caller',
    input: {
      calls: [
        { name: 'process.spawn', input: { agent: 'sleeper' } },
        { name: 'process.spawn', input: { agent: 'sleeper', group: 'new' } },
      ],
    },
  });
  const leader = await call('process.wait', { pid: outcome.pid });
  const [member, outsider] = (leader.output as { output: { pid: number } }[]).map(({ output }) =>
    pidSchema.parse(output.pid),
  );
  if (member === undefined || outsider === undefined) throw new Error('No children.');
  const { processes } = await call('process.list', { group: leader.pid });
  expect(processes.map(({ pid }) => pid)).toEqual([member, leader.pid]);
  expect(await call('process.get', { pid: outsider })).toMatchObject({ group: outsider });
  await call('process.signal', { pid: member, signal: 'kill', scope: 'group' });
  expect(await call('process.wait', { pid: member })).toMatchObject({ state: 'killed', exit: 'killed' });
  for (const pid of [inherit, outsider]) {
    expect((await call('process.get', { pid })).state).toBe('running');
    await call('process.kill', { pid });
  }
});

test.each([true, false])(
  'orphans belong to the nearest ancestor that lives (parent there at the start: %s)',
  async (waits) => {
    const asleep = next(() => undefined, logs('asleep'));
    const { pid: top } = await call('process.spawn', {
      agent: 'launcher',
      input: { agent: 'launcher', input: { agent: 'sleeper', waits }, stays: true },
    });
    const event = await asleep;
    const orphan = pidSchema.parse('pid' in event && event.pid);
    const parent = pidSchema.parse((await call('process.get', { pid: orphan })).parent);
    await call('process.wait', { pid: parent });
    expect(await call('process.get', { pid: orphan })).toMatchObject({ adoptedBy: top, state: 'running' });
    const asTop = installation.kernel.open(installation.token, { pid: top });
    const seen = await asTop.call('process.list', { states: ['running'] });
    expect(seen.processes.map(({ pid }) => pid)).toContain(orphan);
    await call('process.kill', { pid: top });
    expect(await call('process.get', { pid: orphan })).toMatchObject({ state: 'killed' });
  },
);

test('a child whose parent is killed while the child is being started is killed, too', async () => {
  // Loading an agent for the first time takes a while, so that the kill comes in between.
  await installAgent(
    installation.home,
    'late',
    `import { defineAgent } from '@aios/sdk';
await new Promise((resolve) => setTimeout(resolve, 200));
export default defineAgent({ name: 'late', permissions: [], run: () => new Promise(() => undefined) });`,
  );
  const executing = next(
    () => undefined,
    (event) => event.type === 'process-changed' && event.agent === 'launcher' && event.to === 'waiting',
  );
  const { pid: parent } = await call('process.spawn', {
    agent: 'launcher',
    input: { agent: 'late', alongside: 'sleeper' },
  });
  await executing;
  const childKilled = next(
    () => undefined,
    (event) => event.type === 'process-changed' && event.to === 'killed' && event.agent === 'late',
  );
  await call('process.kill', { pid: parent });
  expect(await childKilled).toMatchObject({ parent });
});

test('exits say why: input that is needed, a budget that is used up', async () => {
  const { pid: asker } = await call('process.spawn', { agent: 'asker' });
  expect(await call('process.wait', { pid: asker })).toMatchObject({
    state: 'failed',
    exit: 'needs_input',
    error: { detail: 'Which account?', disposition: 'ask_human', details: { accounts: ['a', 'b'] } },
  });
  const { pid: spender } = await call('process.spawn', { agent: 'spender', budget: { tokens: 1 } });
  expect(await call('process.wait', { pid: spender })).toMatchObject({
    state: 'failed',
    exit: 'budget_exceeded',
  });
  const { pid: late } = await call('process.spawn', { agent: 'sleeper', budget: { seconds: 1 } });
  expect(await call('process.wait', { pid: late })).toMatchObject({
    state: 'killed',
    exit: 'budget_exceeded',
  });
});

test('signals need a permission, and reach nobody outside the family', async () => {
  const stranger = await start('sleeper', 'asleep');
  const { pid } = await call('process.spawn', {
    agent: 'caller',
    input: {
      calls: [{ name: 'process.signal', input: { pid: stranger, signal: 'kill' } }],
    },
  });
  expect((await call('process.wait', { pid })).output).toMatchObject([{ code: 'not_found' }]);
  const { pid: narrow } = await call('process.spawn', {
    agent: 'caller',
    permissions: ['process.signal:interrupt'],
    input: { calls: [{ name: 'process.signal', input: { pid: stranger, signal: 'kill' } }] },
  });
  expect((await call('process.wait', { pid: narrow })).output).toMatchObject([{ code: 'permission_denied' }]);
  await call('process.kill', { pid: stranger });
});
