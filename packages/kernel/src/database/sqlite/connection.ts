import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { translateSqliteError } from './errors.ts';

interface PreparedStatement {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

const maximumStatements = 300;
/** SQLite answers at once, so a row of queries would never let the event loop go on; after this long it may. */
const turnMs = 10;
const busyTimeoutMs = 5000;

/** One connection to a SQLite file. Statements are prepared once; errors tell the operator what to do. */
export class SqliteConnection implements DatabaseConnection {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, PreparedStatement>();
  #turnStartedAt = 0;

  constructor(file: string, options: { readOnly: boolean }) {
    this.#file = file;
    this.#database = this.#translated(
      () =>
        new DatabaseSync(file, {
          readOnly: options.readOnly,
          timeout: busyTimeoutMs,
          enableForeignKeyConstraints: true,
        }),
    );
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Runs statements that take no parameters and whose rows are of no interest. */
  run(sql: string): void {
    this.#translated(() => this.#database.exec(sql));
  }

  /** The same for one statement that comes again and again. */
  runPrepared(sql: string): void {
    this.#translated(() => this.#prepare(sql).statement.run());
  }

  /** Runs one statement at once, within this turn of the event loop, and returns its rows as they are. */
  runNow(sql: string, ...parameters: SQLInputValue[]): Record<string, SQLOutputValue>[] {
    return this.#translated(() => this.#database.prepare(sql).all(...parameters));
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    await this.#letOthersRun();
    return this.#translated(() => {
      const { statement, returnsRows } = this.#prepare(query.sql);
      const parameters = query.parameters as SQLInputValue[];
      if (returnsRows) return { rows: statement.all(...parameters) as Row[] };
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    });
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    const statement = this.#translated(() => this.#database.prepare(query.sql));
    for (const row of statement.iterate(...(query.parameters as SQLInputValue[]))) {
      await this.#letOthersRun();
      yield { rows: [row as Row] };
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): PreparedStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.#database.prepare(sql);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    this.#statements.set(sql, prepared);
    if (this.#statements.size > maximumStatements) this.#forgetOldestStatement();
    return prepared;
  }

  #forgetOldestStatement(): void {
    for (const sql of this.#statements.keys()) {
      this.#statements.delete(sql);
      return;
    }
  }

  async #letOthersRun(): Promise<void> {
    if (performance.now() - this.#turnStartedAt < turnMs) return;
    await nextTurn();
    this.#turnStartedAt = performance.now();
  }

  #translated<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw translateSqliteError(error, this.#file);
    }
  }
}
