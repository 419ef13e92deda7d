import { type Pid, pid as pidSchema } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { eventually } from '@aios/testing/eventually';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { processRow } from '../context/process-row.fixture.ts';
import { openDatabase } from '../database/index.ts';
import type { CommitTransaction } from '../syscall/index.ts';
import { createLogger } from '../telemetry/index.ts';
import type { ProcessRow } from './process-store.ts';
import { takeOver, takeOverAll } from './take-over.ts';
import { WaitStore } from './wait/index.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

async function put(transaction: CommitTransaction, change: Partial<ProcessRow> = {}): Promise<Pid> {
  const known = { tenant: 't', user: 'u', agent: 'a', parent: null, now: 1, durable: true };
  const { pid } = await transaction
    .insertInto('processes')
    .values({ ...processRow(known), ...change })
    .returning('pid')
    .executeTakeFirstOrThrow();
  return pidSchema.parse(pid);
}

const nothing = async () => undefined;

describe.each(drivers)('$name', (driver) => {
  test('durable processes get a new fence; those that ended or wait without their code stay as they are', async () => {
    await using created = await driver.create();
    const { database } = created;
    const of = (change: Parameters<typeof put>[1]) =>
      database.write((transaction) => put(transaction, change));
    const running = await of({ state: 'running' });
    const suspended = await of({ state: 'suspended' });
    const ordinary = await of({ durable: 0 });
    const dormant = await of({ state: 'waiting' });
    const set = { call: 1, mode: 'any' as const, conditions: [], deadlineAt: undefined };
    await new WaitStore(database).put(dormant, [set]);
    const ended = await of({ state: 'succeeded', output: '1' });

    const rows = await takeOverAll(database, nothing);
    expect(rows.map(({ pid, fence, state }) => [pid, fence, state])).toEqual([
      [running, 2, 'created'],
      [suspended, 2, 'suspended'],
      [ordinary, 1, 'running'],
      [dormant, 1, 'waiting'],
    ]);
    expect(await takeOver(database, dormant)).toMatchObject({ fence: 2, state: 'created' });
    expect(await takeOver(database, ended)).toBeUndefined();
    const kept = database.reader.selectFrom('processes').select(['fence', 'state']).where('pid', '=', ended);
    expect(await kept.execute()).toEqual([{ fence: 1, state: 'succeeded' }]);
  });
});

describe.each(drivers.filter(({ name }) => name === 'PostgreSQL'))('$name', (driver) => {
  test('what a killed kernel was committing is taken over with the rest', async () => {
    await using created = await driver.create();
    const { database } = created;
    const killed = await created.reopen();
    const begun = Promise.withResolvers<Pid>();
    const end = Promise.withResolvers<void>();
    const committing = killed.write(async (transaction) => {
      begun.resolve(await put(transaction));
      await end.promise;
    });
    const pid = await begun.promise;
    const taking = takeOverAll(database, nothing);
    await eventually(async () => {
      const waiting = sql`select 1 from pg_locks join pg_database on pg_database.oid = pg_locks.database
        where datname = current_database() and not granted`;
      expect((await waiting.execute(database.reader)).rows).toHaveLength(1);
    });
    end.resolve();
    await committing;
    expect((await taking).map((row) => [row.pid, row.fence])).toEqual([[pid, 2]]);
  });
});
