import { jsonValue, type Pid, type ProcessSignal, pid as pidSchema, processSignal } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';

/** A signal of a durable process on record, and the call before which the agent heard of it. */
export interface StoredSignal {
  readonly id: number;
  readonly signal: ProcessSignal;
  /** Ordinal of the call, or 0 where a wait set gave it to the agent; not heard yet when absent. */
  readonly heardAt: number | undefined;
}

/** The signals that durable processes were sent, so that an agent that runs again hears of each at the same place. */
export class SignalStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(
    transaction: Transaction<Tables>,
    pid: Pid,
    { signal, message, sender, sentAt }: ProcessSignal,
  ): Promise<StoredSignal> {
    const row = await transaction
      .insertInto('process_signals')
      .values({
        pid,
        signal,
        message: JSON.stringify(message),
        sender: sender ?? null,
        sent_at: Date.parse(sentAt),
        heard_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { id: row.id, signal: { signal, message, sender, sentAt }, heardAt: undefined };
  }

  /** On disk when it resolves. */
  async markHeard(ids: readonly number[], call: number): Promise<void> {
    await this.#database.write((transaction) => this.markHeardIn(transaction, ids, call));
  }

  async markHeardIn(transaction: Transaction<Tables>, ids: readonly number[], call: number): Promise<void> {
    await transaction.updateTable('process_signals').set({ heard_at: call }).where('id', 'in', ids).execute();
  }

  /** Of what a process heard of after a call, it has not heard. */
  async unhear(transaction: Transaction<Tables>, pid: Pid, call: number): Promise<void> {
    await transaction
      .updateTable('process_signals')
      .set({ heard_at: null })
      .where('pid', '=', pid)
      .where('heard_at', '>', call)
      .execute();
  }

  /** Gives another process the signals that this one heard of after a call, up to another one. */
  async copy(
    transaction: Transaction<Tables>,
    from: Pid,
    to: Pid,
    after: number,
    upTo: number,
  ): Promise<void> {
    const rows = await transaction
      .selectFrom('process_signals')
      .select(['signal', 'message', 'sender', 'sent_at', 'heard_at'])
      .where('pid', '=', from)
      .where('heard_at', '>', after)
      .where('heard_at', '<=', upTo)
      .orderBy('id')
      .execute();
    if (rows.length === 0) return;
    await transaction
      .insertInto('process_signals')
      .values(rows.map((row) => ({ ...row, pid: to })))
      .execute();
  }

  async unheard(pid: Pid): Promise<StoredSignal[]> {
    return (await this.of(pid, Number.MAX_SAFE_INTEGER)).filter(({ heardAt }) => heardAt === undefined);
  }

  /** Those that the agent has not heard of, or heard of after a call; in the order in which they were sent. */
  async of(pid: Pid, call: number): Promise<StoredSignal[]> {
    const rows = await this.#database.reader
      .selectFrom('process_signals')
      .selectAll()
      .where('pid', '=', pid)
      .where(({ or, eb }) => or([eb('heard_at', 'is', null), eb('heard_at', '>', call)]))
      .orderBy('id')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      heardAt: row.heard_at ?? undefined,
      signal: {
        signal: processSignal.shape.signal.parse(row.signal),
        message: jsonValue.parse(JSON.parse(row.message)),
        ...(row.sender !== null && { sender: pidSchema.parse(row.sender) }),
        sentAt: new Date(row.sent_at).toISOString(),
      },
    }));
  }
}
