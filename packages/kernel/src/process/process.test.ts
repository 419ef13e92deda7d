import { type EventOf, type KernelEvent, type Pid, pid as pidSchema } from '@aios/protocol';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { afterAll, beforeAll, expect, test } from 'vitest';

let installation: Installation;
beforeAll(async () => {
  installation = await bootInstallation();
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

const session = () => installation.session;

async function run(agent: string, input: unknown = null, options: Record<string, unknown> = {}) {
  const { pid } = await session().call('process.spawn', { agent, input: input as never, ...options });
  return await session().call('process.wait', { pid, timeoutMs: 10_000 });
}

/** Resolves once the process has written this line to its log. */
async function logged(pid: Pid, text: string): Promise<void> {
  const controller = new AbortController();
  const found = session().call(
    'process.logs',
    { pid, follow: true },
    {
      signal: controller.signal,
      onChunk: (entry) => {
        if (entry.text.includes(text)) controller.abort(new Error('found'));
      },
    },
  );
  await expect(found).rejects.toThrow('found');
}

test.each(['inline', 'worker'] as const)(
  'an agent runs in the %s runtime and its output is kept',
  async (runtime) => {
    const process = await run('echo', { question: ['wörld', 1, null] }, { runtime });
    expect(process).toMatchObject({
      state: 'succeeded',
      runtime,
      agent: 'echo',
      owner: 'operator',
      output: { question: ['wörld', 1, null] },
      used: { calls: 0, tokens: 0 },
    });
    expect(process.startedAt && process.endedAt).toBeTruthy();
  },
);

test.each(['inline', 'worker'] as const)(
  'system calls of a %s agent are answered in order and counted',
  async (runtime) => {
    const calls = [
      { name: 'tool.call', input: { name: 'calculator', arguments: { expression: '6*7' } } },
      { name: 'llm.chat', input: { messages: [{ role: 'user', content: 'hello' }] } },
      { name: 'no.such', input: {} },
      { name: 'storage.read', input: { path: '/../x' } },
    ];
    const process = await run('caller', { calls }, { runtime });
    expect(process.state).toBe('succeeded');
    expect(process.output).toMatchObject([
      { output: { result: expect.anything() } },
      { output: { provider: 'offline' } },
      { code: 'not_found' },
      { code: 'invalid_argument', message: expect.stringContaining('path') },
    ]);
    expect(process.used.calls).toBeGreaterThanOrEqual(2);
    expect(process.used.tokens).toBeGreaterThan(0);
  },
);

test('an agent that throws fails with its message, and the log tells the whole story', async () => {
  const process = await run('thrower');
  expect(process).toMatchObject({
    state: 'failed',
    error: { code: 'internal', detail: 'the agent failed on purpose' },
  });
  const { entries } = await session().call('process.logs', { pid: process.pid });
  expect(entries.map(({ text }) => text)).toEqual([
    'created: spawned',
    expect.stringContaining('ready'),
    'running: started',
    'failed: the agent failed on purpose',
  ]);
});

test('an unknown agent is an error that says where agents are looked for', async () => {
  await expect(session().call('process.spawn', { agent: 'nobody' })).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('agents'),
  });
  await expect(session().call('process.spawn', { agent: '../echo' })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a killed process says why it ended', async () => {
  const { pid: sleeper } = await session().call('process.spawn', { agent: 'sleeper' });
  await logged(sleeper, 'asleep');
  const killed = await session().call('process.kill', { pid: sleeper, reason: 'test' });
  expect(killed).toMatchObject({
    state: 'killed',
    error: { code: 'cancelled', detail: 'Process killed: test' },
  });
});

test('an agent that blocks its thread can be killed, and the next agent runs', async () => {
  const { pid } = await session().call('process.spawn', { agent: 'spinner', runtime: 'worker' });
  await logged(pid, 'spinning');
  expect(await session().call('process.kill', { pid })).toMatchObject({ state: 'killed' });
  expect(await run('echo', 1, { runtime: 'worker' })).toMatchObject({ state: 'succeeded' });
});

test('a process has no more than its spawner, its manifest and its grant allow', async () => {
  const read = { name: 'storage.read', input: { path: '/secret.txt' } };
  const list = { name: 'storage.list', input: { path: '/docs' } };
  const spawnWider = { name: 'process.spawn', input: { agent: 'caller', input: { calls: [read] } } };
  const parent = await run(
    'caller',
    { calls: [read, list, spawnWider] },
    { permissions: ['storage.read:/docs/**', 'process.*'] },
  );
  const [readOutcome, listOutcome, spawned] = parent.output as [
    unknown,
    unknown,
    { output: { pid: number } },
  ];
  expect(readOutcome).toMatchObject({
    code: 'permission_denied',
    message: expect.stringContaining('storage.read:/secret.txt'),
  });
  expect(listOutcome).toMatchObject({ code: 'not_found' });
  const child = await session().call('process.wait', { pid: pidSchema.parse(spawned.output.pid) });
  expect(child.output).toMatchObject([{ code: 'permission_denied' }]);
});

test('budgets of calls and tokens stop an agent, also through its children', async () => {
  const chat = {
    name: 'llm.chat',
    input: { messages: [{ role: 'user', content: 'hello there' }], maxTokens: 50 },
  };
  const byTokens = await run('caller', { calls: [chat, chat] }, { budget: { tokens: 60 } });
  expect(byTokens.output).toMatchObject([{ output: {} }, { code: 'quota_exceeded' }]);
  const byCalls = await run('caller', { calls: [chat, chat, chat] }, { budget: { calls: 2 } });
  expect(byCalls.output).toMatchObject([{ output: {} }, { output: {} }, { code: 'quota_exceeded' }]);
  const spawnChild = {
    name: 'process.spawn',
    input: { agent: 'caller', input: { calls: [chat, chat, chat] } },
  };
  const parent = await run('caller', { calls: [spawnChild] }, { budget: { calls: 3 } });
  const [spawned] = parent.output as [{ output: { pid: number } }];
  const child = await session().call('process.wait', { pid: pidSchema.parse(spawned.output.pid) });
  expect(child.output).toMatchObject([{ output: {} }, { output: {} }, { code: 'quota_exceeded' }]);
});

test('a process sees itself and its descendants only', async () => {
  const stranger = await run('echo');
  const process = await run('caller', {
    calls: [
      { name: 'process.get', input: { pid: stranger.pid } },
      { name: 'process.kill', input: { pid: stranger.pid } },
      { name: 'process.list', input: {} },
    ],
  });
  const [got, killed, listed] = process.output as [
    unknown,
    unknown,
    { output: { processes: { pid: number }[] } },
  ];
  expect(got).toMatchObject({ code: 'not_found' });
  expect(killed).toMatchObject({ code: 'not_found' });
  expect(listed.output.processes.map(({ pid }) => pid)).toEqual([process.pid]);
});

test('an agent outside the checkout gets the SDK from the kernel and runs on a thread, whatever it asks for', async () => {
  await installAgent(
    installation.home,
    'visitor',
    `import { defineAgent } from '@aios/sdk';
export default defineAgent({ name: 'visitor', runtime: 'inline', permissions: [], run: async () => Object.keys(process.env) });`,
  );
  const process = await run('visitor');
  expect(process).toMatchObject({ state: 'succeeded', runtime: 'worker' });
  expect(process.output).not.toContain('PATH');
  await expect(
    session().call('process.spawn', { agent: 'visitor', runtime: 'inline' }),
  ).rejects.toMatchObject({
    code: 'permission_denied',
  });
});

test.each([
  ['no default export', 'export const x = 1;', /no agent/],
  ['a syntax error', 'export default {', /cannot be loaded/],
])('a file with %s is refused with a reason', async (name, source, reason) => {
  const folder = name.replaceAll(' ', '-');
  await installAgent(installation.home, folder, source);
  await expect(session().call('process.spawn', { agent: folder })).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringMatching(reason),
  });
});

test('every change of state is an event with its cause', async () => {
  const events: KernelEvent[] = [];
  using _subscription = session().subscribe({ types: ['process-changed'] }, (event) => events.push(event));
  const process = await run('echo');
  const own = events.filter(
    (event): event is EventOf<'process-changed'> => 'pid' in event && event.pid === process.pid,
  );
  expect(own.map(({ from, to }) => [from, to])).toEqual([
    [undefined, 'created'],
    ['created', 'ready'],
    ['ready', 'running'],
    ['running', 'succeeded'],
  ]);
});

test('waiting has a deadline', async () => {
  const { pid } = await session().call('process.spawn', { agent: 'sleeper' });
  await expect(session().call('process.wait', { pid, timeoutMs: 20 })).rejects.toMatchObject({
    code: 'deadline_exceeded',
  });
  await session().call('process.kill', { pid });
});

test('a process that waits for a child is shown as waiting, and goes on when the child has ended', async () => {
  const waiting = Promise.withResolvers<Pid>();
  using _subscription = session().subscribe({ types: ['process-changed'] }, (event) => {
    if (event.type === 'process-changed' && event.to === 'waiting') waiting.resolve(event.pid);
  });
  const { pid: parent } = await session().call('process.spawn', {
    agent: 'parent',
    input: { agent: 'sleeper' },
  });
  expect(await waiting.promise).toBe(parent);
  const { processes } = await session().call('process.list', { states: ['running', 'ready', 'created'] });
  const child = processes.find((process) => process.parent === parent);
  await session().call('process.kill', { pid: pidSchema.parse(child?.pid) });
  expect(await session().call('process.wait', { pid: parent })).toMatchObject({
    state: 'succeeded',
    output: { pid: child?.pid, state: 'killed' },
  });
});

test('killing a parent kills what it started', async () => {
  const waiting = Promise.withResolvers<void>();
  using _subscription = session().subscribe({ types: ['process-changed'] }, (event) => {
    if (event.type === 'process-changed' && event.to === 'waiting') waiting.resolve();
  });
  const { pid: parent } = await session().call('process.spawn', {
    agent: 'parent',
    input: { agent: 'sleeper' },
  });
  await waiting.promise;
  await session().call('process.kill', { pid: parent });
  const { processes } = await session().call('process.list', {});
  expect(processes.filter((process) => process.pid === parent || process.parent === parent)).toMatchObject([
    { state: 'killed' },
    { state: 'killed' },
  ]);
});

test('whoever hears that a process has succeeded gets its output', async () => {
  const described = Promise.withResolvers<unknown>();
  using _subscription = installation.kernel.events.subscribe((event) => {
    if (event.type !== 'process-changed' || event.to !== 'succeeded') return;
    session().call('process.wait', { pid: event.pid }).then(described.resolve, described.reject);
  });
  const { pid } = await session().call('process.spawn', { agent: 'echo', input: 'said' });
  expect(await described.promise).toMatchObject({ pid, state: 'succeeded', output: 'said' });
});
