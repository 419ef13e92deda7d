import { databaseDrivers } from '@aios/testing/databases';
import type { Insertable } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../telemetry/index.ts';
import { isUniqueViolation, openDatabase, type Tables } from './index.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

function mountRow(path: string): Insertable<Tables['mounts']> {
  return { tenant: 'default', path, source: `/srv${path}`, read_only: 1, indexed: 0, created_at: 1 };
}

describe.each(drivers)('$name', (driver) => {
  test('gives back what was written, times as numbers', async () => {
    await using place = await driver.create();
    const { database } = place;
    const now = 1_795_000_000_000;
    const note = { id: 'a', tenant: 't', user: 'u', agent: 'x', content: 'née 🚀\n"quoted"', context: '' };
    const row = { ...note, pid: null, keywords: '[]', tags: '["ä"]', created_at: now };
    await database.write((transaction) => transaction.insertInto('notes').values(row).execute());
    expect(await database.reader.selectFrom('notes').selectAll().execute()).toEqual([row]);
    const { count, sum } = await database.reader
      .selectFrom('notes')
      .select(({ fn }) => [fn.countAll().as('count'), fn.sum('created_at').as('sum')])
      .executeTakeFirstOrThrow();
    expect([count, sum]).toEqual([1, now]);
  });

  test('counts the rows that a change touched', async () => {
    await using place = await driver.create();
    await place.database.write(async (transaction) => {
      await transaction
        .insertInto('mounts')
        .values([mountRow('/a'), mountRow('/b')])
        .execute();
      const updated = await transaction.updateTable('mounts').set({ indexed: 1 }).executeTakeFirstOrThrow();
      const deleted = await transaction
        .deleteFrom('mounts')
        .where('path', '=', '/a')
        .executeTakeFirstOrThrow();
      expect([updated.numUpdatedRows, deleted.numDeletedRows]).toEqual([2n, 1n]);
    });
  });

  test('numbers processes upwards and never twice', async () => {
    await using place = await driver.create();
    const insert = () =>
      place.database.write((transaction) =>
        transaction
          .insertInto('process_logs')
          .values({ pid: 1, at: 1, kind: 'log', text: 'x' })
          .returning('sequence')
          .executeTakeFirstOrThrow(),
      );
    const first = await insert();
    await place.database.write((transaction) => transaction.deleteFrom('process_logs').execute());
    const second = await insert();
    expect(second.sequence).toBeGreaterThan(first.sequence);
  });

  test('a job that fails changes nothing and leaves its neighbours alone', async () => {
    await using place = await driver.create();
    const { database } = place;
    const results = await Promise.allSettled([
      database.write((transaction) => transaction.insertInto('mounts').values(mountRow('/a')).execute()),
      database.write(async (transaction) => {
        await transaction.insertInto('mounts').values(mountRow('/b')).execute();
        throw new Error('changed its mind');
      }),
      database.write(async (transaction) => {
        await transaction.insertInto('mounts').values(mountRow('/c')).execute();
        await transaction.insertInto('mounts').values(mountRow('/c')).execute();
      }),
      database.write((transaction) => transaction.insertInto('mounts').values(mountRow('/d')).execute()),
    ]);
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(results[1]).toMatchObject({ reason: { message: 'changed its mind' } });
    expect(results[2]?.status === 'rejected' && isUniqueViolation(results[2].reason)).toBe(true);
    const rows = await database.reader.selectFrom('mounts').select('path').orderBy('path').execute();
    expect(rows.map((row) => row.path)).toEqual(['/a', '/d']);
  });

  test('a reader sees committed rows only, a job its own', async () => {
    await using place = await driver.create();
    const { database } = place;
    const countOf = async (from: typeof database.reader) =>
      (await from.selectFrom('mounts').select('path').execute()).length;
    const seen = await database.write(async (transaction) => {
      await transaction.insertInto('mounts').values(mountRow('/a')).execute();
      return { inside: await countOf(transaction), outside: await countOf(database.reader) };
    });
    expect(seen).toEqual({ inside: 1, outside: 0 });
    expect(await countOf(database.reader)).toBe(1);
  });

  test('keeps its rows when it is closed and opened again', async () => {
    await using place = await driver.create();
    await place.database.write((transaction) =>
      transaction.insertInto('mounts').values(mountRow('/a')).execute(),
    );
    await place.database[Symbol.asyncDispose]();
    const database = await place.reopen();
    expect(await database.reader.selectFrom('mounts').selectAll().execute()).toEqual([mountRow('/a')]);
  });

  test('two that open a new database at once agree on the schema', async () => {
    await using place = await driver.create();
    const [one, two] = await Promise.all([place.reopen(), place.reopen()]);
    await one.write((transaction) => transaction.insertInto('mounts').values(mountRow('/a')).execute());
    expect(await two.reader.selectFrom('mounts').select('path').execute()).toEqual([{ path: '/a' }]);
  });

  test('finishes many writes made at once, each with its own answer', async () => {
    await using place = await driver.create();
    const paths = Array.from({ length: 500 }, (_, index) => `/mount-${index}`);
    const answers = await Promise.all(
      paths.map((path) =>
        place.database.write((transaction) =>
          transaction.insertInto('mounts').values(mountRow(path)).returning('path').executeTakeFirstOrThrow(),
        ),
      ),
    );
    expect(answers.map((answer) => answer.path)).toEqual(paths);
    const rows = await place.database.reader.selectFrom('mounts').select('path').execute();
    expect(rows).toHaveLength(500);
  });

  test('compares paths byte by byte', async () => {
    await using place = await driver.create();
    const paths = ['/B', '/a', '/a/b', '/a-b', '/ä', '/Z'];
    await place.database.write((transaction) =>
      transaction.insertInto('mounts').values(paths.map(mountRow)).execute(),
    );
    const rows = await place.database.reader.selectFrom('mounts').select('path').orderBy('path').execute();
    expect(rows.map((row) => row.path)).toEqual(['/B', '/Z', '/a', '/a-b', '/a/b', '/ä']);
  });
});
