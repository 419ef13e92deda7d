import { AiosError } from '@aios/protocol';
import { Kysely, type Transaction } from 'kysely';
import postgres from 'postgres';
import type { Logger } from '../../telemetry/index.ts';
import type { Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { type Client, postgresDialect } from './dialect.ts';
import { translatePostgresError } from './errors.ts';
import { migratePostgres } from './migrate.ts';

const maximumConnections = 10;
const connectTimeoutSeconds = 10;
const closeTimeoutSeconds = 5;

/** Type numbers of bigint and numeric, which count() and sum() give; all of ours are exact as JavaScript numbers. */
const wholeNumbers = { to: 20, from: [20, 1700], parse: Number, serialize: String };

/** Connects to the database of a URL such as `postgres://user:password@host/database` and brings its schema up to date. */
export async function openPostgres(options: { url: string; logger: Logger }): Promise<Database> {
  const place = placeOf(options.url);
  const client = postgres(options.url, {
    max: maximumConnections,
    connect_timeout: connectTimeoutSeconds,
    types: { bigint: wholeNumbers },
    onnotice: (notice) => options.logger.trace({ notice }, 'notice of PostgreSQL'),
    connection: { application_name: 'aios' },
  });
  try {
    const applied = await migratePostgres(client);
    options.logger.debug({ place, applied }, 'database opened');
  } catch (error) {
    await client.end({ timeout: closeTimeoutSeconds });
    throw translatePostgresError(error, place);
  }
  return {
    kind: 'postgresql',
    reader: new Kysely<Tables>({ dialect: postgresDialect(client, place) }),
    write: (job) => writeWith(client, place, job),
    [Symbol.asyncDispose]: () => client.end({ timeout: closeTimeoutSeconds }),
  };
}

async function writeWith<Result>(
  client: Client,
  place: string,
  job: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  try {
    const { result } = await client.begin(async (transaction) => {
      const writer = new Kysely<Tables>({ dialect: postgresDialect(transaction, place) });
      return { result: await writer.transaction().execute(job) };
    });
    return result;
  } catch (error) {
    throw translatePostgresError(error, place);
  }
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
