import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Sql, TransactionSql } from 'postgres';
import { translatePostgresError } from './errors.ts';

/** The client of postgres.js, or a transaction of it. */
export type Client = Sql<{ bigint: number }>;
export type ClientTransaction = TransactionSql<{ bigint: number }>;

/**
 * Kysely’s PostgreSQL dialect over postgres.js. Transactions are begun and ended by postgres.js (`client.begin`), which
 * notices a lost connection; the reserved connections that kysely-postgres-js uses wait for ever once theirs is lost.
 */
export function postgresDialect(client: Client | ClientTransaction, place: string): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createDriver: () => postgresDriver(new PostgresConnection(client, place)),
  };
}

function postgresDriver(connection: PostgresConnection): Driver {
  const nothing = async () => undefined;
  return {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: nothing,
    commitTransaction: nothing,
    rollbackTransaction: nothing,
    releaseConnection: nothing,
    destroy: nothing,
  };
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: Client | ClientTransaction;
  readonly #place: string;

  constructor(client: Client | ClientTransaction, place: string) {
    this.#client = client;
    this.#place = place;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      const parameters = query.parameters as ParameterList;
      const rows = await this.#client.unsafe<Row[] & Iterable<never>>(query.sql, parameters, {
        prepare: true,
      });
      return { rows: Array.from(rows), numAffectedRows: BigInt(rows.count ?? 0) };
    } catch (error) {
      throw translatePostgresError(error, this.#place);
    }
  }

  async *streamQuery<Row>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<Row>> {
    const parameters = query.parameters as ParameterList;
    const cursor = this.#client.unsafe<Row[] & Iterable<never>>(query.sql, parameters).cursor(chunkSize);
    for await (const rows of cursor) yield { rows: Array.from(rows) };
  }
}

type ParameterList = NonNullable<Parameters<Client['unsafe']>[1]>;
