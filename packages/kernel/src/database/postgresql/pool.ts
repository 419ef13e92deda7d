import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import type { Logger } from '../../telemetry/index.ts';
import { translatePostgresError } from './errors.ts';

const maximumConnections = 10;
const connectTimeoutMs = 10_000;

/** Type numbers of bigint and numeric, which count() and sum() give; all of ours are exact as JavaScript numbers. */
const wholeNumbers: readonly number[] = [20, 1700];

/** Connections to one PostgreSQL database, for Kysely; errors tell the operator what to do. `place` names it in them. */
export function createPool(url: string, place: string, logger: Logger): PostgresPool {
  const pool = new pg.Pool({
    connectionString: url,
    max: maximumConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'aios',
    types: {
      getTypeParser: (oid, format) =>
        wholeNumbers.includes(oid) ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // Without a listener a lost connection would end the process. Its queries fail, and the pool replaces it.
  const onLost = ({ message }: Error) =>
    logger.warn({ place, message }, 'a connection to PostgreSQL was lost');
  pool.on('error', onLost);
  pool.on('connect', (client) => client.on('error', onLost));
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => lend(await translated(() => pool.connect(), place), place),
  };
}

function lend(client: pg.PoolClient, place: string): PostgresPoolClient {
  function query<Row>(sql: string, parameters: ReadonlyArray<unknown>): Promise<PostgresQueryResult<Row>>;
  function query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  function query(sql: string | PostgresCursor<unknown>, parameters: ReadonlyArray<unknown> = []): unknown {
    if (typeof sql !== 'string')
      throw new Error('Queries are not streamed. Select pages with orderBy and limit.');
    return translated(() => client.query(sql, [...parameters]), place);
  }
  return { query, release: (destroy) => client.release(destroy) };
}

async function translated<Result>(work: () => Promise<Result>, place: string): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw translatePostgresError(error, place);
  }
}
