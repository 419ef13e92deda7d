// Durable wait sets through a whole kernel: the code of a process that waits is dropped, and comes back when it is time.

import { type JsonObject, type KernelEvent, type Pid, pid as pidSchema } from '@aios/protocol';
import { databaseKinds } from '@aios/testing/databases';
import { eventually } from '@aios/testing/eventually';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { describe, expect, test } from 'vitest';

const config = `llms:
  models:
    - { name: offline, backend: offline }
agent_factory:
  drop_waiting_after_ms: 20
`;

interface Watch extends Disposable {
  /** The states that a process went through. */
  of(pid: Pid): string[];
}

function watchStates({ kernel }: Installation): Watch {
  const events: KernelEvent[] = [];
  const subscription = kernel.events.subscribe((event) => events.push(event), ['process-changed']);
  return {
    of: (pid) =>
      events.flatMap((event) => (event.type === 'process-changed' && event.pid === pid ? event.to : [])),
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}

/** Starts a durable agent and resolves when its code has been dropped: nobody can make calls as it then. */
async function startDormant(installation: Installation, agent: string, input: JsonObject): Promise<Pid> {
  const { session, kernel, token } = installation;
  const { pid } = await session.call('process.spawn', { agent, durable: true, input });
  await eventually(async () => {
    expect((await session.call('process.get', { pid })).state).toBe('waiting');
    expect(() => kernel.open(token, { pid })).toThrow(/No process/);
  });
  return pid;
}

function waitingTests(boot: () => Promise<Installation>): void {
  test('a sleeping process is dropped and goes on within a second of its time', async () => {
    await using installation = await boot();
    using states = watchStates(installation);
    const before = Date.now();
    const pid = await startDormant(installation, 'napper', { forMs: 700 });
    expect(Date.now() - before).toBeLessThan(690);
    const ended = await installation.session.call('process.wait', { pid, timeoutMs: 10_000 });
    expect(ended).toMatchObject({ state: 'succeeded', used: { calls: 2 } });
    const { sleptMs } = ended.output as { sleptMs: number };
    expect(sleptMs).toBeGreaterThanOrEqual(690);
    expect(sleptMs).toBeLessThan(1700);
    expect(states.of(pid).slice(0, 6)).toEqual([
      'created',
      'ready',
      'running',
      'waiting',
      'ready',
      'running',
    ]);
    expect(states.of(pid).at(-1)).toBe('succeeded');
  });

  test('it sleeps over a restart, without being run before its time', async () => {
    await using installation = await boot();
    const before = Date.now();
    const pid = await startDormant(installation, 'napper', { forMs: 2500 });
    await installation.reboot();
    using states = watchStates(installation);
    expect(await installation.session.call('process.get', { pid })).toMatchObject({
      state: 'waiting',
      durable: true,
    });
    expect(states.of(pid)).toEqual([]);
    await installation.session.call('process.wait', { pid, timeoutMs: 10_000 });
    expect(Date.now() - before).toBeGreaterThanOrEqual(2490);
    expect(Date.now() - before).toBeLessThan(3600);
  });

  test('it goes on when a child ends, and gets its description', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startDormant(installation, 'napper', {
      conditions: [{ kind: 'timer', afterMs: 60_000 }],
      child: 'sleeper',
    });
    const child = pidSchema.parse(pid + 1);
    await session.call('process.kill', { pid: child });
    expect(await session.call('process.wait', { pid, timeoutMs: 10_000 })).toMatchObject({
      output: { index: 1, kind: 'child', value: { pid: child, state: 'killed' } },
    });
  });

  test('all means all, and signals wake it', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startDormant(installation, 'napper', {
      mode: 'all',
      conditions: [{ kind: 'signal' }, { kind: 'timer', afterMs: 50 }],
    });
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(await session.call('process.get', { pid })).toMatchObject({ state: 'waiting' });
    await session.call('process.signal', { pid, signal: 'interrupt', message: 'now' });
    expect(await session.call('process.wait', { pid, timeoutMs: 10_000 })).toMatchObject({
      output: { results: [{ value: { message: 'now' } }, { kind: 'timer' }] },
    });
  });

  test('one that waits without its code is seen, and can be killed, also by way of its parent', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startDormant(installation, 'napper', { forMs: 60_000 });
    const { processes } = await session.call('process.list', { states: ['waiting'] });
    expect(processes.map((process) => process.pid)).toContain(pid);
    expect((await session.call('kernel.status', {})).processes.waiting).toBe(1);
    expect(await session.call('process.kill', { pid, reason: 'test' })).toMatchObject({
      state: 'killed',
      error: { detail: 'Process killed: test' },
    });
    const { pid: parent } = await session.call('process.spawn', {
      agent: 'parent',
      durable: true,
      input: { agent: 'sleeper' },
    });
    await eventually(async () =>
      expect(() => installation.kernel.open(installation.token, { pid: parent })).toThrow(/No process/),
    );
    await session.call('process.kill', { pid: parent });
    const family = await session.call('process.list', {});
    expect(family.processes.filter((each) => each.parent === parent)).toMatchObject([{ state: 'killed' }]);
  });

  test('a process that does more than wait keeps its code', async () => {
    await using installation = await boot();
    const { session } = installation;
    const { pid: child } = await session.call('process.spawn', { agent: 'sleeper' });
    const { pid } = await session.call('process.spawn', {
      agent: 'caller',
      durable: true,
      input: {
        parallel: true,
        calls: [
          { name: 'process.wait', input: { pid: child } },
          { name: 'process.logs', input: { pid: child, follow: true } },
          { name: 'time.sleep', input: { forMs: 300 } },
        ],
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(() => installation.kernel.open(installation.token, { pid: pidSchema.parse(child) })).not.toThrow();
    await session.call('process.kill', { pid: child });
    expect(await session.call('process.wait', { pid, timeoutMs: 10_000 })).toMatchObject({
      state: 'succeeded',
    });
  });

  test('a wait fails after its time, also when its code was dropped meanwhile', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startDormant(installation, 'napper', { child: 'sleeper', timeoutMs: 600 });
    expect(await session.call('process.wait', { pid, timeoutMs: 10_000 })).toMatchObject({
      state: 'failed',
      error: { code: 'deadline_exceeded' },
    });
    await session.call('process.kill', { pid: pidSchema.parse(pid + 1) });
  });
}

describe.each(await databaseKinds())('$name', ({ place }) =>
  waitingTests(async () => await bootInstallation({ ...(await place()), config })),
);
