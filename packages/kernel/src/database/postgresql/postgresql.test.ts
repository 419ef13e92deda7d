import { newPostgresDatabase } from '@aios/testing/databases';
import { eventually } from '@aios/testing/eventually';
import { realComponent } from '@aios/testing/real-component';
import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../telemetry/index.ts';
import { openDatabase } from '../open.ts';

const logger = createLogger('silent');
const home = '/nonexistent';
const mountRow = { tenant: 'default', path: '/a', source: '/srv', read_only: 1, indexed: 0, created_at: 1 };
const url = realComponent('PostgreSQL', await newPostgresDatabase(), 'Install the package postgresql.');

async function connect(database: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  return client;
}

describe.skipIf(url === undefined)('with a server', () => {
  const available = url ?? '';

  test('an altered migration and a newer AIOS are refused', async () => {
    await (await openDatabase({ home, url: available, logger }))[Symbol.asyncDispose]();
    const client = await connect(available);
    await client.query(`insert into schema_migrations values (9999, '9999-future.sql', 'x')`);
    await expect(openDatabase({ home, url: available, logger })).rejects.toThrow('newer AIOS');
    await client.query('delete from schema_migrations where version = 9999');
    await client.query(`update schema_migrations set sha256 = 'other'`);
    await expect(openDatabase({ home, url: available, logger })).rejects.toThrow('differs');
    await client.end();
  });

  test('a connection that the server ends fails its writes with advice, the next ones work', async () => {
    await using database = await openDatabase({ home, url: (await newPostgresDatabase()) ?? '', logger });
    const endConnection = () =>
      database.write(async (transaction) => {
        await transaction.insertInto('mounts').values(mountRow).execute();
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction);
      });
    const advice = { status: 'rejected', reason: { code: 'unavailable', disposition: 'operator' } };
    for (let round = 0; round < 3; round += 1) {
      expect(await Promise.allSettled(Array.from({ length: 15 }, endConnection))).toMatchObject(
        Array(15).fill(advice),
      );
      const reads = Array.from({ length: 15 }, () =>
        database.reader.selectFrom('mounts').selectAll().execute(),
      );
      expect((await Promise.all(reads)).flat()).toEqual([]);
    }
    await database.write((transaction) => transaction.insertInto('mounts').values(mountRow).execute());
    expect(await database.reader.selectFrom('mounts').selectAll().execute()).toEqual([mountRow]);
  });

  test('a connection that is lost between two queries fails the job, which never goes on outside a transaction', async () => {
    const place = (await newPostgresDatabase()) ?? '';
    await using database = await openDatabase({ home, url: place, logger });
    const client = await connect(place);
    const failure = database.write(async (transaction) => {
      await transaction.insertInto('mounts').values(mountRow).execute();
      const ours = `from pg_stat_activity where application_name = 'aios' and datname = current_database()`;
      await client.query(`select pg_terminate_backend(pid) ${ours}`);
      await eventually(async () => expect((await client.query(`select 1 ${ours}`)).rows).toHaveLength(0));
      await transaction
        .insertInto('mounts')
        .values({ ...mountRow, path: '/other' })
        .execute();
    });
    await expect(failure).rejects.toMatchObject({ code: 'unavailable', disposition: 'operator' });
    expect(await database.reader.selectFrom('mounts').selectAll().execute()).toEqual([]);
    await client.end();
  });

  test('a job that goes on after its transaction failed gets an error, not a new transaction', async () => {
    await using database = await openDatabase({ home, url: (await newPostgresDatabase()) ?? '', logger });
    const failure = database.write(async (transaction) => {
      await transaction.insertInto('mounts').values(mountRow).execute();
      await transaction
        .insertInto('mounts')
        .values(mountRow)
        .execute()
        .catch(() => undefined);
      await transaction
        .insertInto('mounts')
        .values({ ...mountRow, path: '/other' })
        .execute();
    });
    await expect(failure).rejects.toThrow('aborted');
    expect(await database.reader.selectFrom('mounts').selectAll().execute()).toEqual([]);
  });

  test('one kernel at a time has a database, and a kernel that is gone has it no longer', async () => {
    const place = (await newPostgresDatabase()) ?? '';
    await using first = await openDatabase({ home, url: place, logger });
    await using second = await openDatabase({ home, url: place, logger });
    const claim = await first.claim();
    await expect(second.claim()).rejects.toMatchObject({ code: 'failed_precondition' });
    await claim[Symbol.asyncDispose]();
    await (await second.claim())[Symbol.asyncDispose]();
  });

  test('a database that does not exist is named, the password is not', async () => {
    const missing = new URL('nowhere', available);
    missing.password = 'geheim';
    const failure = await openDatabase({ home, url: missing.href, logger }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable', disposition: 'operator' });
    expect(String(failure)).toContain('nowhere');
    expect(String(failure)).not.toContain('geheim');
  });
});

test('a server that does not answer is reported with its address', async () => {
  const failure = await openDatabase({ home, url: 'postgres://user:geheim@127.0.0.1:9/aios', logger }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 'unavailable', disposition: 'operator' });
  expect(String(failure)).toContain('127.0.0.1:9/aios');
  expect(String(failure)).not.toContain('geheim');
});

test.each(['mysql://geheim@host/db', 'geheim'])('the URL %s is refused without showing it', async (wrong) => {
  const failure = await openDatabase({ home, url: wrong, logger }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'invalid_argument' });
  expect(String(failure)).not.toContain('geheim');
});
