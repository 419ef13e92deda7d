import { newPostgresDatabase } from '@aios/testing/databases';
import { realComponent } from '@aios/testing/real-component';
import postgres from 'postgres';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../telemetry/index.ts';
import { openDatabase } from '../open.ts';

const logger = createLogger('silent');
const home = '/nonexistent';
const url = realComponent('PostgreSQL', await newPostgresDatabase(), 'Install the package postgresql.');

describe.skipIf(url === undefined)('with a server', () => {
  const available = url ?? '';

  test('an altered migration and a newer AIOS are refused', async () => {
    await (await openDatabase({ home, url: available, logger }))[Symbol.asyncDispose]();
    const client = postgres(available, { max: 1 });
    await client`insert into schema_migrations values (9999, '9999-future.sql', 'x')`;
    await expect(openDatabase({ home, url: available, logger })).rejects.toThrow('newer AIOS');
    await client`delete from schema_migrations where version = 9999`;
    await client`update schema_migrations set sha256 = 'other'`;
    await expect(openDatabase({ home, url: available, logger })).rejects.toThrow('differs');
    await client.end();
  });

  test('a connection that the server ends fails the write with advice, the next one works', async () => {
    const place = (await newPostgresDatabase()) ?? '';
    await using database = await openDatabase({ home, url: place, logger });
    const client = postgres(place, { max: 1 });
    const failure = await database
      .write(async (transaction) => {
        await client`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'aios' and datname = current_database()`;
        await transaction.selectFrom('mounts').select('path').execute();
      })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable', disposition: 'operator' });
    expect(
      await database.write((transaction) => transaction.selectFrom('mounts').selectAll().execute()),
    ).toEqual([]);
    await client.end();
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
