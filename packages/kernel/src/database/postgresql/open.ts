import { AiosError } from '@aios/protocol';
import { Kysely, PostgresDialect } from 'kysely';
import type { Logger } from '../../telemetry/index.ts';
import type { Database, DatabaseReader } from '../database.ts';
import type { Tables } from '../tables.ts';
import { claimDatabase } from './claim.ts';
import { migratePostgres } from './migrate.ts';
import { createPool } from './pool.ts';

/** Connects to the database of a URL such as `postgres://user:password@host/database` and brings its schema up to date. */
export async function openPostgres(options: { url: string; logger: Logger }): Promise<Database> {
  const { url, logger } = options;
  const place = placeOf(url);
  const pool = createPool(url, place, logger);
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    const applied = await migratePostgres(kysely);
    logger.debug({ place, applied }, 'database opened');
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  return {
    kind: 'postgresql',
    claim: () => claimDatabase(pool, place),
    reader: kysely,
    write: (job) => kysely.transaction().execute(job),
    [Symbol.asyncDispose]: () => kysely.destroy(),
  };
}

/** Connects to the database of a URL to look at it. */
export function readPostgres({ url, logger }: { url: string; logger: Logger }): DatabaseReader {
  const pool = createPool(url, placeOf(url), logger);
  const reader = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { reader, [Symbol.asyncDispose]: () => reader.destroy() };
}

/** Host and database of a URL, for messages: the password must not be in them. */
function placeOf(url: string): string {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new AiosError(
      'invalid_argument',
      'DATABASE_URL must look like postgres://user:password@host:5432/database; it does not (its value is not ' +
        'shown because it may hold a password).',
      { disposition: 'operator' },
    );
  }
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
