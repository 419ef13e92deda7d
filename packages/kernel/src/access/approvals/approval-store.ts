import { AiosError, type ApprovalState } from '@aios/protocol';
import type { Insertable, Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { PlaceInProcess } from '../../syscall/index.ts';
import { type Answer, type ApprovalRow, nameOf } from './approval-row.ts';

export interface ApprovalQuery {
  readonly tenant: string;
  readonly states?: readonly ApprovalState[] | undefined;
  readonly pid?: number | undefined;
  readonly limit: number;
}

/** Who uses an approval. */
export interface ApprovalUse {
  /** Fence of the process; 0 where there is none. */
  readonly fence: number;
  /** Which call of which kernel. */
  readonly by: string;
  readonly at: number;
}

/** The rows of approvals. Every change of state asks for the state before it in the same statement. */
export class ApprovalStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert(transaction: Transaction<Tables>, row: Insertable<Tables['approvals']>): Promise<ApprovalRow> {
    return await transaction.insertInto('approvals').values(row).returningAll().executeTakeFirstOrThrow();
  }

  async find(id: number): Promise<ApprovalRow | undefined> {
    return await this.#database.reader
      .selectFrom('approvals')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** The last one that a call of a process asked for. */
  async atPlace(pid: number, { sequence, nested }: PlaceInProcess): Promise<ApprovalRow | undefined> {
    return await this.#database.reader
      .selectFrom('approvals')
      .selectAll()
      .where('pid', '=', pid)
      .where('sequence', '=', sequence)
      .where('nested', '=', nested)
      .where('state', '!=', 'withdrawn')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  async pending(): Promise<ApprovalRow[]> {
    return await this.#database.reader
      .selectFrom('approvals')
      .selectAll()
      .where('state', '=', 'pending')
      .execute();
  }

  /** Newest first. */
  async list({ tenant, states, pid, limit }: ApprovalQuery): Promise<ApprovalRow[]> {
    let query = this.#database.reader.selectFrom('approvals').selectAll().where('tenant', '=', tenant);
    if (states !== undefined) query = query.where('state', 'in', states);
    if (pid !== undefined) query = query.where('pid', '=', pid);
    return await query.orderBy('id', 'desc').limit(limit).execute();
  }

  /** The answered row; nothing where it does not wait any more, or its time is over. */
  async answer(
    transaction: Transaction<Tables>,
    id: number,
    state: ApprovalState,
    answer: Answer,
  ): Promise<ApprovalRow | undefined> {
    return await transaction
      .updateTable('approvals')
      .set({ state, answer: JSON.stringify(answer) })
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .where('expires_at', answer.by === 'timeout' ? '<=' : '>', answer.at)
      .returningAll()
      .executeTakeFirst();
  }

  /**
   * Uses an approval up. The same call may say so again; another one only after a crash, with the fence grown since, when the
   * journal has it make the same call anew. Throws `failed_precondition` where it was used, or is not what was approved.
   */
  async use(
    transaction: Transaction<Tables>,
    row: ApprovalRow,
    { fence, by, at }: ApprovalUse,
  ): Promise<void> {
    const { numUpdatedRows } = await transaction
      .updateTable('approvals')
      .set({ state: 'used', used_at: at, used_fence: fence, used_by: by })
      .where('id', '=', row.id)
      .where('hash', '=', row.hash)
      .where('input', '=', row.input)
      .where('answer', '=', row.answer)
      .where(({ and, or, eb }) =>
        or([
          eb('state', '=', 'approved'),
          and([eb('state', '=', 'used'), or([eb('used_by', '=', by), eb('used_fence', '<', fence)])]),
        ]),
      )
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 1n) return;
    throw new AiosError(
      'failed_precondition',
      `The approval ${row.id} of ${nameOf(row)} was used already, or is for something else. Ask again.`,
      { details: { approval: String(row.id) } },
    );
  }

  /** The call that asked is no more. */
  async withdraw(
    transaction: Transaction<Tables>,
    of: { readonly id: number } | { readonly pid: number },
  ): Promise<void> {
    const pending = transaction
      .updateTable('approvals')
      .set({ state: 'withdrawn' })
      .where('state', '=', 'pending');
    await ('id' in of ? pending.where('id', '=', of.id) : pending.where('pid', '=', of.pid)).execute();
  }

  /** Calls of a process after this one are made anew, and have to be asked about anew. */
  async forget(transaction: Transaction<Tables>, pid: number, after: number): Promise<void> {
    const later = transaction.updateTable('approvals').where('pid', '=', pid).where('sequence', '>', after);
    await later.set({ state: 'withdrawn' }).where('state', 'in', ['pending', 'approved']).execute();
    await later.set({ sequence: null, nested: null }).execute();
  }

  async markNotified(id: number, at: number): Promise<void> {
    await this.#database.write((transaction) =>
      transaction.updateTable('approvals').set({ notified_at: at }).where('id', '=', id).execute(),
    );
  }
}
