import type { Pid } from '@aios/protocol';
import { pid as pidSchema, waitCondition } from '@aios/protocol';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Database, Tables } from '../../database/index.ts';
import type { OpenWaitSet } from './wait-set.ts';

const conditionsSchema = z.array(waitCondition);

/** The wait sets of durable processes, which outlive their code and the kernel. */
export class WaitStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(pid: Pid, sets: readonly OpenWaitSet[]): Promise<void> {
    await this.#database.write((transaction) => this.putIn(transaction, pid, sets));
  }

  async putIn(transaction: Transaction<Tables>, pid: Pid, sets: readonly OpenWaitSet[]): Promise<void> {
    await transaction
      .insertInto('wait_sets')
      .values(
        sets.map(({ call, mode, conditions, deadlineAt }) => ({
          pid,
          call,
          mode,
          conditions: JSON.stringify(conditions),
          deadline_at: deadlineAt ?? null,
        })),
      )
      .onConflict((conflict) => conflict.columns(['pid', 'call']).doNothing())
      .execute();
  }

  async remove(pid: Pid, call: number): Promise<void> {
    await this.#database.write((transaction) =>
      transaction.deleteFrom('wait_sets').where('pid', '=', pid).where('call', '=', call).execute(),
    );
  }

  async of(pid: Pid): Promise<OpenWaitSet[]> {
    const rows = await this.#database.reader
      .selectFrom('wait_sets')
      .selectAll()
      .where('pid', '=', pid)
      .orderBy('call')
      .execute();
    return rows.map(parseRow);
  }

  /** By process. */
  async all(): Promise<Map<Pid, OpenWaitSet[]>> {
    const rows = await this.#database.reader.selectFrom('wait_sets').selectAll().execute();
    const sets = new Map<Pid, OpenWaitSet[]>();
    for (const row of rows) {
      const pid = pidSchema.parse(row.pid);
      sets.set(pid, [...(sets.get(pid) ?? []), parseRow(row)]);
    }
    return sets;
  }
}

function parseRow(row: Tables['wait_sets']): OpenWaitSet {
  return {
    call: row.call,
    mode: row.mode === 'all' ? 'all' : 'any',
    conditions: conditionsSchema.parse(JSON.parse(row.conditions)),
    deadlineAt: row.deadline_at ?? undefined,
  };
}
