// Snapshots of generations of durable processes. Guarantee: a snapshot is there until the transaction that puts the answer of
// its call into the journal; one that is there is whole. At most a second of a generation is lost in a crash, nothing when the
// kernel is closed.

import { isDeepStrictEqual } from 'node:util';
import { type ChatRequest, type Pid, pid as pidSchema } from '@aios/protocol';
import type { Transaction } from 'kysely';
import { type Clock, systemClock } from '../../clock/index.ts';
import type { Database, Tables } from '../../database/index.ts';
import type { JournalKey, PlaceInProcess } from '../../syscall/index.ts';
import type { EventBus, Logger } from '../../telemetry/index.ts';
import type { Keeper } from './ports.ts';
import { type Progress, type Snapshot, snapshot } from './snapshot.ts';

export interface SnapshotStoreOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Tells which processes have ended. */
  readonly events: EventBus;
  /** The host’s when absent. */
  readonly clock?: Clock;
}

/** Milliseconds from a change of a generation until it is written down, together with all that changed by then. */
const writeAfterMs = 1000;

const finalStates: readonly string[] = ['succeeded', 'failed', 'killed', 'lost'];

interface Changed {
  readonly pid: Pid;
  readonly fence: number;
  readonly place: PlaceInProcess;
  readonly read: () => Snapshot;
}

export class SnapshotStore implements AsyncDisposable {
  readonly #options: SnapshotStoreOptions;
  /** Calls of which there is a row. */
  readonly #kept: Set<string>;
  /** Calls whose request was written by this run of the kernel. */
  readonly #begun = new Set<string>();
  readonly #changed = new Map<string, Changed>();
  readonly #subscription: Disposable;
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> | undefined;

  private constructor(options: SnapshotStoreOptions, kept: Set<string>) {
    this.#options = options;
    this.#kept = kept;
    this.#subscription = options.events.subscribe(
      (event) => {
        if (event.type === 'process-changed' && finalStates.includes(event.to)) this.#forget(event.pid);
      },
      ['process-changed'],
    );
  }

  /** Removes what belongs to processes that have ended and to calls that were answered. */
  static async open(options: SnapshotStoreOptions): Promise<SnapshotStore> {
    const { database } = options;
    await database.write(async (transaction) => {
      await transaction
        .deleteFrom('generations')
        .where(({ not, exists, or, selectFrom }) =>
          or([
            not(
              exists(
                selectFrom('processes')
                  .select('processes.pid')
                  .whereRef('processes.pid', '=', 'generations.pid')
                  .where('processes.ended_at', 'is', null),
              ),
            ),
            exists(
              selectFrom('journal_records')
                .select('journal_records.pid')
                .whereRef('journal_records.pid', '=', 'generations.pid')
                .whereRef('journal_records.sequence', '=', 'generations.sequence')
                .whereRef('journal_records.nested', '=', 'generations.nested')
                .where('journal_records.kind', '=', 'answer'),
            ),
          ]),
        )
        .execute();
    });
    const rows = await database.reader
      .selectFrom('generations')
      .select(['pid', 'sequence', 'nested'])
      .execute();
    const kept = rows.map(({ pid, ...place }) => nameOf(pidSchema.parse(pid), place));
    return new SnapshotStore(options, new Set(kept));
  }

  /** Where an earlier run of the kernel left the generation for a call; undefined where it asks something else now. */
  async find({ process: { pid }, place }: JournalKey, request: ChatRequest): Promise<Progress | undefined> {
    const name = nameOf(pid, place);
    if (!this.#kept.has(name) || this.#begun.has(name)) return undefined;
    const row = await this.#options.database.reader
      .selectFrom('generations')
      .select(['version', 'request', 'progress'])
      .where('pid', '=', pid)
      .where('sequence', '=', place.sequence)
      .where('nested', '=', place.nested)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const read = snapshot.safeParse({
      version: row.version,
      request: JSON.parse(row.request),
      progress: JSON.parse(row.progress),
    });
    if (!read.success) {
      this.#options.logger.warn(
        { pid, version: row.version },
        'a snapshot of a generation cannot be read; the model is asked again',
      );
      return undefined;
    }
    return isDeepStrictEqual(read.data.request, plain(request)) ? read.data.progress : undefined;
  }

  /** What keeps the generation for a call. */
  keeperOf({ process: { pid, fence }, place }: JournalKey): Keeper {
    return {
      changed: (read, isSliceEnd) => {
        this.#changed.set(nameOf(pid, place), { pid, fence, place, read });
        if (isSliceEnd) this.#writeSoon();
        else this.#cancelTimer ??= this.#clock.after(writeAfterMs, () => this.#writeSoon());
      },
    };
  }

  /** Drops the snapshot of a call in the transaction that settles it. */
  readonly drop = async (
    transaction: Transaction<Tables>,
    { process: { pid }, place }: JournalKey,
  ): Promise<void> => {
    const name = nameOf(pid, place);
    this.#changed.delete(name);
    // The transaction may still fail, so the call stays known until its process ends.
    if (!this.#kept.has(name)) return;
    await transaction
      .deleteFrom('generations')
      .where('pid', '=', pid)
      .where('sequence', '=', place.sequence)
      .where('nested', '=', place.nested)
      .execute();
  };

  /** Writes where all generations stand. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    this.#writeSoon();
    await this.#writing;
  }

  get #clock(): Clock {
    return this.#options.clock ?? systemClock;
  }

  #writeSoon(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    // What changes in the same turn is written together.
    await undefined;
    const { database, logger } = this.#options;
    while (this.#changed.size > 0) {
      await database
        .write((transaction) => this.#writeChanged(transaction))
        .catch((error: unknown) => {
          logger.error(
            { error },
            'snapshots of generations could not be written; after a crash their models are asked again',
          );
        });
    }
    this.#writing = undefined;
  }

  /** Rows of a process that ended or was taken over meanwhile are not written. */
  async #writeChanged(transaction: Transaction<Tables>): Promise<void> {
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    const owners = await transaction
      .selectFrom('processes')
      .select(['pid', 'fence'])
      .where('pid', 'in', [...new Set(changed.map(({ pid }) => pid))])
      .where('ended_at', 'is', null)
      .execute();
    const fences = new Map(owners.map(({ pid, fence }) => [pid, fence]));
    for (const one of changed) if (fences.get(one.pid) === one.fence) await this.#writeOne(transaction, one);
  }

  async #writeOne(transaction: Transaction<Tables>, { pid, place, read }: Changed): Promise<void> {
    const name = nameOf(pid, place);
    const { sequence, nested } = place;
    const { version, request, progress } = read();
    const state = { version, progress: JSON.stringify(progress), updated_at: Date.now() };
    if (this.#begun.has(name)) {
      await transaction
        .updateTable('generations')
        .set(state)
        .where('pid', '=', pid)
        .where('sequence', '=', sequence)
        .where('nested', '=', nested)
        .execute();
      return;
    }
    const row = { ...state, request: JSON.stringify(request) };
    await transaction
      .insertInto('generations')
      .values({ pid, sequence, nested, ...row })
      .onConflict((conflict) => conflict.columns(['pid', 'sequence', 'nested']).doUpdateSet(row))
      .execute();
    this.#begun.add(name);
    this.#kept.add(name);
  }

  #forget(pid: Pid): void {
    const isOf = (name: string) => name.startsWith(`${pid} `);
    for (const name of [...this.#changed.keys()].filter(isOf)) this.#changed.delete(name);
    const kept = [...this.#kept].filter(isOf);
    if (kept.length === 0) return;
    for (const name of kept) {
      this.#kept.delete(name);
      this.#begun.delete(name);
    }
    const { database, logger } = this.#options;
    database
      .write(async (transaction) => {
        await transaction.deleteFrom('generations').where('pid', '=', pid).execute();
      })
      .catch((error: unknown) => {
        logger.warn({ error, pid }, 'snapshots of a process that ended are removed at the next boot');
      });
  }
}

function nameOf(pid: Pid, { sequence, nested }: PlaceInProcess): string {
  return `${pid} ${sequence} ${nested}`;
}

/** As it is after a way through JSON. */
function plain(request: ChatRequest): unknown {
  return JSON.parse(JSON.stringify(request));
}
