// Restarts of real processes, over restarts of the kernel, on both databases.

import type { EventOf, KernelEvent, Pid, ProcessDescription, SyscallRequest } from '@aios/protocol';
import { newPostgresDatabase } from '@aios/testing/databases';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { realComponent } from '@aios/testing/real-component';
import { describe, expect, test, vi } from 'vitest';

/** Counts its runs, and fails in those up to the one that its input names. */
const flaky = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'flaky',
  permissions: ['blackboard.*', 'message.receive'],
  async run({ failUntil, waits }, aios) {
    const { version } = await aios.blackboard.set({ key: 'runs', value: 1 });
    if (waits) await aios.message.receive();
    if (version <= failUntil) throw new Error('run ' + version + ' failed');
    return version;
  },
});`;

const soon = { backoffMs: 1, maxAttempts: 2 };

async function start(
  { session, home }: Installation,
  input: object,
  options: Partial<SyscallRequest<'process.spawn'>>,
): Promise<Pid> {
  await installAgent(home, 'flaky', flaky);
  return (await session.call('process.spawn', { agent: 'flaky', input: { ...input } as never, ...options }))
    .pid;
}

async function runs({ session }: Installation): Promise<ProcessDescription[]> {
  const { processes } = await session.call('process.list', {});
  return processes.filter(({ agent }) => agent === 'flaky').reverse();
}

/** Resolves with the runs once there are so many and the last one is in this state. */
const whenRuns = (installation: Installation, count: number, state: string) =>
  vi.waitFor(
    async () => {
      const all = await runs(installation);
      expect(all.map((each) => each.state).slice(count - 1)).toEqual([state]);
      return all;
    },
    { timeout: 10_000, interval: 20 },
  );

function restartEvents({ kernel }: Installation): EventOf<'process-restart'>[] {
  const events: EventOf<'process-restart'>[] = [];
  kernel.events.subscribe((event: KernelEvent) => {
    if (event.type === 'process-restart') events.push(event);
  });
  return events;
}

function supervisionTests(boot: () => Promise<Installation>): void {
  test('a process that fails is started again until it succeeds, with the same input and grants', async () => {
    await using installation = await boot();
    const first = await start(installation, { failUntil: 2 }, { restart: { policy: 'on-failure', ...soon } });
    const all = await whenRuns(installation, 3, 'succeeded');
    expect(all.map(({ state, output }) => [state, output])).toEqual([
      ['failed', undefined],
      ['failed', undefined],
      ['succeeded', 3],
    ]);
    const [one, two, three] = all;
    expect(one?.pid).toBe(first);
    expect(three).toMatchObject({
      input: { failUntil: 2 },
      permissions: one?.permissions,
      restart: { policy: 'on-failure', restarts: 2, replaces: two?.pid },
    });
    const { entries } = await installation.session.call('process.logs', { pid: first });
    expect(entries.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^is started again at /));
  });

  test('restarts in a row without progress are given up, and that is told', async () => {
    await using installation = await boot();
    const events = restartEvents(installation);
    await start(installation, { failUntil: 99 }, { restart: { policy: 'on-failure', ...soon } });
    await vi.waitFor(
      () => expect(events.at(-1)).toMatchObject({ cause: expect.stringContaining('no progress') }),
      {
        timeout: 10_000,
      },
    );
    // The first run got further than none before it; the ones after it got no further.
    expect(events.map(({ restartAt }) => restartAt !== undefined)).toEqual([true, true, true, false]);
    expect((await runs(installation)).map(({ health }) => health)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('always starts it after success, too; what was killed stays dead', async () => {
    await using installation = await boot();
    await start(installation, { failUntil: 0, waits: true }, { restart: { policy: 'always', ...soon } });
    await whenRuns(installation, 1, 'waiting');
    await installation.session.call('message.send', { to: 'flaky', content: 'end' });
    const [, second] = await whenRuns(installation, 2, 'waiting');
    await installation.session.call('process.kill', { pid: second?.pid ?? (0 as Pid) });
    await installation.reboot();
    expect((await runs(installation)).map(({ state, health }) => [state, health])).toEqual([
      ['succeeded', undefined],
      ['killed', undefined],
    ]);
  });

  test('one that waits for its restart shows it, is started after a restart of the kernel, and can be given up by a kill', async () => {
    await using installation = await boot();
    const restart = { policy: 'on-failure' as const, backoffMs: 86_400_000 / 2, maxBackoffMs: 86_400_000 };
    const pid = await start(installation, { failUntil: 1 }, { restart });
    await whenRuns(installation, 1, 'failed');
    await installation.reboot();
    const pending = await installation.session.call('process.get', { pid });
    expect(pending).toMatchObject({ health: 'restarting', restart: { nextAt: expect.any(String) } });
    await installation.session.call('process.kill', { pid });
    const cancelled = await installation.session.call('process.get', { pid });
    expect(cancelled.restart?.nextAt).toBeUndefined();

    const due = await start(
      installation,
      { failUntil: 2 },
      { restart: { policy: 'on-failure', backoffMs: 400 } },
    );
    await whenRuns(installation, 2, 'failed');
    await installation.reboot();
    const all = await whenRuns(installation, 3, 'succeeded');
    expect(all[2]?.restart).toMatchObject({ replaces: due });
  });

  test('a process that is not durable is started anew after the kernel, without a count; its mail follows its name', async () => {
    await using installation = await boot();
    await start(
      installation,
      { failUntil: 0, waits: true },
      { restart: { policy: 'on-failure', maxAttempts: 1 } },
    );
    await whenRuns(installation, 1, 'waiting');
    for (const count of [2, 3, 4]) {
      await installation.reboot();
      const all = await whenRuns(installation, count, 'waiting');
      expect(all.at(-1)?.restart).toMatchObject({ restarts: count - 1, withoutProgress: 0 });
      expect(all.at(-2)).toMatchObject({ state: 'lost' });
    }
    await installation.session.call('message.send', { to: 'flaky', content: 'end' });
    expect((await whenRuns(installation, 4, 'succeeded')).at(-1)?.output).toBe(4);
  });

  test('the runs of a schedule are supervised as it says', async () => {
    await using installation = await boot();
    await installAgent(installation.home, 'flaky', flaky);
    await installation.session.call('schedule.create', {
      agent: 'flaky',
      input: { failUntil: 1 },
      at: new Date(Date.now() + 2500).toISOString(),
      restart: { policy: 'on-failure', ...soon },
    });
    expect((await whenRuns(installation, 2, 'succeeded')).at(-1)?.restart).toMatchObject({ restarts: 1 });
  });
}

describe('SQLite', () => supervisionTests(() => bootInstallation()));

const postgres = realComponent('PostgreSQL', await newPostgresDatabase(), 'Install the package postgresql.');
describe.skipIf(postgres === undefined)('PostgreSQL', () =>
  supervisionTests(async () => {
    const databaseUrl = await newPostgresDatabase();
    if (databaseUrl === undefined) throw new Error('PostgreSQL is gone.');
    return await bootInstallation({ databaseUrl });
  }),
);
