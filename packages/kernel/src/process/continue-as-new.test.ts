// Processes that begin anew with another input, on both databases.

import type { EventOf, KernelEvent, Pid } from '@aios/protocol';
import { newPostgresDatabase } from '@aios/testing/databases';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { realComponent } from '@aios/testing/real-component';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { hashRecord } from './journal/record.ts';

interface Place {
  readonly config?: string;
}

const offline = 'llms:\n  models:\n    - { name: offline, backend: offline }\n';

/** Resolves when the process waits for a message; `start` gives its pid. */
async function whenWaiting({ kernel }: Installation, start: () => Promise<{ pid: Pid }>): Promise<Pid> {
  const waiting = Promise.withResolvers<void>();
  using _subscription = kernel.events.subscribe((event) => {
    if (event.type === 'process-changed' && event.to === 'waiting' && event.cause.includes('message'))
      waiting.resolve();
  });
  const { pid } = await start();
  await waiting.promise;
  return pid;
}

const ended = async ({ session }: Installation, pid: Pid) =>
  await session.call('process.wait', { pid, timeoutMs: 20_000 });

function continuingTests(boot: (place?: Place) => Promise<Installation & { databaseUrl?: string }>): void {
  /** The journal of a process, read past the kernel. */
  async function recordsOf({ home, databaseUrl }: Installation & { databaseUrl?: string }, pid: Pid) {
    await using database = await openDatabase({
      home,
      ...(databaseUrl !== undefined && { url: databaseUrl }),
      logger: createLogger('silent'),
    });
    return await database.reader
      .selectFrom('journal_records')
      .selectAll()
      .where('pid', '=', pid)
      .orderBy('position')
      .execute();
  }

  test('pid, family, mail and what was used stay; input and run are new', async () => {
    await using installation = await boot();
    const { session } = installation;
    const input = { rounds: 3, notes: 2, waits: true };
    const pid = await whenWaiting(installation, () =>
      session.call('process.spawn', { agent: 'relay', input, durable: true }),
    );
    expect(await session.call('process.get', { pid })).toMatchObject({
      run: 3,
      state: 'waiting',
      input: { rounds: 3, round: 3 },
      used: { calls: 9 },
    });
    await session.call('message.send', { to: `${pid}`, content: 'go on' });
    expect(await ended(installation, pid)).toMatchObject({
      state: 'succeeded',
      run: 3,
      output: { round: 3, heard: 'go on' },
      used: { calls: 10 },
    });
    const { entries } = await session.call('process.logs', { pid });
    const texts = entries.map(({ text }) => text);
    expect(texts.filter((text) => text.startsWith('process.continue ok'))).toHaveLength(2);
    expect(texts.filter((text) => text === 'ready: its code begins anew')).toHaveLength(2);
  });

  test('mail that came before it began anew is there after', async () => {
    await using installation = await boot();
    const { session } = installation;
    await session.call('message.send', { to: 'relay', content: 'early' });
    const { pid } = await session.call('process.spawn', {
      agent: 'relay',
      input: { rounds: 2, waits: true },
      durable: true,
    });
    expect(await ended(installation, pid)).toMatchObject({ output: { heard: 'early' } });
  });

  test('after a restart only the present run is read and replayed, and what was used before is counted', async () => {
    await using installation = await boot();
    const input = { rounds: 5, notes: 4, waits: true };
    const pid = await whenWaiting(installation, () =>
      installation.session.call('process.spawn', { agent: 'relay', input, durable: true }),
    );
    const before = await installation.session.call('process.get', { pid });
    await installation.reboot();
    const replayed: EventOf<'syscall-settled'>[] = [];
    using _subscription = installation.kernel.events.subscribe((event: KernelEvent) => {
      if (event.type === 'syscall-settled' && event.pid === pid && event.status === 'replayed')
        replayed.push(event);
    });
    await installation.session.call('message.send', { to: `${pid}`, content: 'go on' });
    const after = await ended(installation, pid);
    expect(after).toMatchObject({ state: 'succeeded', run: 5, output: { round: 5, heard: 'go on' } });
    expect(replayed.length).toBeLessThanOrEqual(4);
    expect(after.used.calls).toBe(before.used.calls + 1);
  });

  test('the chain of hashes goes on from run to run, and runs that are not kept are dropped', async () => {
    await using installation = await boot({ config: `${offline}agent_factory:\n  keep_runs: 1\n` });
    const input = { rounds: 4, notes: 3, waits: true };
    const pid = await whenWaiting(installation, () =>
      installation.session.call('process.spawn', { agent: 'relay', input, durable: true }),
    );
    const records = await recordsOf(installation, pid);
    // Each run of three notes and the record that begins it: 3, 4, 4, 4; the newest two are there.
    expect(records.map(({ position }) => position)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect(records.map(({ kind }) => kind)).toEqual([
      ...['run', 'answer', 'answer', 'answer'],
      ...['run', 'answer', 'answer', 'answer'],
    ]);
    const [first, ...others] = records;
    let { hash } = first ?? { hash: '' };
    for (const record of others) {
      expect(record.hash).toBe(hashRecord(hash, record));
      hash = record.hash;
    }
    await installation.session.call('process.kill', { pid });
  });

  test('a damaged run is not resumed: its first record is verified without the run before it', async () => {
    await using installation = await boot({ config: `${offline}agent_factory:\n  keep_runs: 0\n` });
    const pid = await whenWaiting(installation, () =>
      installation.session.call('process.spawn', {
        agent: 'relay',
        input: { rounds: 2, waits: true },
        durable: true,
      }),
    );
    const { home, databaseUrl } = installation;
    {
      await using database = await openDatabase({
        home,
        ...(databaseUrl !== undefined && { url: databaseUrl }),
        logger: createLogger('silent'),
      });
      await database.write((transaction) =>
        transaction
          .updateTable('journal_records')
          .set({ used_tokens: 7 })
          .where('pid', '=', pid)
          .where('kind', '=', 'run')
          .execute(),
      );
    }
    await installation.reboot();
    expect(await installation.session.call('process.get', { pid })).toMatchObject({
      state: 'lost',
      error: { detail: expect.stringContaining('is not as it was written') },
    });
  });

  test('it is refused while other calls are under way, and to all but the code itself', async () => {
    await using installation = await boot();
    const { session, kernel, token, home } = installation;
    await installAgent(
      home,
      'hasty',
      `import { defineAgent } from '@aios/sdk';
      export default defineAgent({
        name: 'hasty',
        permissions: ['*'],
        async run(round, aios) {
          if (round === 2) return 'begun anew';
          const sleeping = aios.time.sleep({ forMs: 60 });
          const refused = await aios.continueAsNew(2).catch((error) => error.message);
          await sleeping;
          if (!refused.includes('1 other call of the process is under way')) throw new Error(refused);
          return aios.continueAsNew(2);
        },
      });`,
    );
    for (const durable of [true, false]) {
      const { pid } = await session.call('process.spawn', { agent: 'hasty', durable });
      expect(await ended(installation, pid)).toMatchObject({ output: 'begun anew', run: 2, input: 2 });
    }
    const { pid } = await session.call('process.spawn', { agent: 'spender' });
    const outside = kernel.open(token, { pid });
    for (const line of [outside, session]) {
      await expect(line.call('process.continue', { input: 1 })).rejects.toMatchObject({
        code: 'failed_precondition',
        message: expect.stringContaining('Only the code of a process'),
      });
    }
  });

  test('a process that is killed when it begins anew stays dead', async () => {
    await using installation = await boot();
    const { session, kernel } = installation;
    let killing: Promise<unknown> | undefined;
    using _subscription = kernel.events.subscribe((event) => {
      if (event.type !== 'process-changed' || event.cause !== 'begins anew') return;
      killing ??= session.call('process.kill', { pid: event.pid });
    });
    const { pid } = await session.call('process.spawn', {
      agent: 'relay',
      input: { rounds: 1000 },
      durable: true,
    });
    expect(await ended(installation, pid)).toMatchObject({ state: 'killed', exit: 'killed' });
    await killing;
    await installation.reboot();
    expect(await installation.session.call('process.get', { pid })).toMatchObject({ state: 'killed' });
  });
}

describe('SQLite', () => continuingTests((place) => bootInstallation(place)));

const postgres = realComponent('PostgreSQL', await newPostgresDatabase(), 'Install the package postgresql.');
describe.skipIf(postgres === undefined)('PostgreSQL', () =>
  continuingTests(async (place) => {
    const databaseUrl = await newPostgresDatabase();
    if (databaseUrl === undefined) throw new Error('PostgreSQL is gone.');
    return Object.assign(await bootInstallation({ ...place, databaseUrl }), { databaseUrl });
  }),
);
