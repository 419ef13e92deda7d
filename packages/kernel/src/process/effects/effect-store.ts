import { AiosError, type EffectState, type Pid } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { PlaceInProcess } from '../../syscall/index.ts';
import { type EffectResult, type EffectRow, nameOf, type Resolution } from './effect-row.ts';
import { statesBefore } from './transitions.ts';

export interface EffectQuery {
  readonly tenant: string;
  readonly states?: readonly EffectState[] | undefined;
  /** Of these processes alone; of all when absent. */
  readonly pid?: Pid | undefined;
  readonly limit: number;
}

/** The rows of effects. Every change of state is one that may follow on the state that the row has. */
export class EffectStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether it was not on record before: on PostgreSQL its plan and its dispatch may come in either order. */
  async plan(transaction: Transaction<Tables>, effect: EffectRow): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('effects')
      .values(effect)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  async dispatch(transaction: Transaction<Tables>, effect: EffectRow, fence: number): Promise<void> {
    const { numUpdatedRows } = await transaction
      .updateTable('effects')
      .set({ state: 'dispatched', dispatched_at: Date.now(), fence })
      .where('id', '=', effect.id)
      .where('state', 'in', statesBefore('dispatched'))
      .executeTakeFirstOrThrow();
    if (numUpdatedRows !== 1n) throw notPossible(effect, 'dispatched');
  }

  async settle(
    transaction: Transaction<Tables>,
    effect: EffectRow,
    state: EffectState,
    change: { readonly result?: EffectResult; readonly resolution?: Resolution },
  ): Promise<void> {
    const { numUpdatedRows } = await transaction
      .updateTable('effects')
      .set({
        state,
        settled_at: Date.now(),
        ...(change.result && { result: JSON.stringify(change.result) }),
        ...(change.resolution && { resolution: JSON.stringify(change.resolution) }),
      })
      .where('id', '=', effect.id)
      .where('state', 'in', statesBefore(state))
      .executeTakeFirstOrThrow();
    if (numUpdatedRows !== 1n) throw notPossible(effect, state);
  }

  /** What was under way when its kernel, or the runtime of one process, went: nobody knows what became of it. */
  async markUnknown(transaction: Transaction<Tables>, pid?: Pid): Promise<void> {
    const dispatched = transaction
      .updateTable('effects')
      .set({ state: 'unknown', settled_at: Date.now() })
      .where('state', '=', 'dispatched');
    await (pid === undefined ? dispatched : dispatched.where('pid', '=', pid)).execute();
  }

  /** What became of the effects of a process, the newest first. */
  async of(pid: Pid): Promise<EffectRow[]> {
    return await this.#database.reader
      .selectFrom('effects')
      .selectAll()
      .where('pid', '=', pid)
      .orderBy('planned_at', 'desc')
      .orderBy('sequence', 'desc')
      .orderBy('attempt', 'desc')
      .execute();
  }

  /**
   * Gives another process the effects of calls that it has got the beginning of. What is under way there is unknown here, so
   * that it is not done a second time.
   */
  async copy(transaction: Transaction<Tables>, effects: readonly EffectRow[], to: Pid): Promise<void> {
    for (const effect of effects) {
      const state = effect.state === 'dispatched' ? 'unknown' : effect.state;
      const id = effect.id.replace(/^\d+:/, `${to}:`);
      await transaction
        .insertInto('effects')
        .values({ ...effect, id, pid: to, fence: 1, state })
        .execute();
    }
  }

  /** The last attempt of a call. */
  async latest(pid: Pid, { sequence, nested }: PlaceInProcess): Promise<EffectRow | undefined> {
    return await this.#database.reader
      .selectFrom('effects')
      .selectAll()
      .where('pid', '=', pid)
      .where('sequence', '=', sequence)
      .where('nested', '=', nested)
      .orderBy('attempt', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  async find(tenant: string, id: string): Promise<EffectRow | undefined> {
    return await this.#database.reader
      .selectFrom('effects')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** Newest first. */
  async list({ tenant, states, pid, limit }: EffectQuery): Promise<EffectRow[]> {
    let query = this.#database.reader.selectFrom('effects').selectAll().where('tenant', '=', tenant);
    if (states !== undefined) query = query.where('state', 'in', states);
    if (pid !== undefined) query = query.where('pid', '=', pid);
    return await query
      .orderBy('planned_at', 'desc')
      .orderBy('pid', 'desc')
      .orderBy('sequence', 'desc')
      .limit(limit)
      .execute();
  }
}

function notPossible(effect: EffectRow, state: EffectState): AiosError {
  return new AiosError(
    'failed_precondition',
    `The effect ${effect.id} (${nameOf(effect)}) cannot become ${state} any more. "aios effects" shows how it stands.`,
    { details: { id: effect.id } },
  );
}
