import { processExit, type TriggerSource } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';
import { describeRow } from '../describe-process.ts';
import type { ProcessRow } from '../process-store.ts';
import type { TriggerStore } from './trigger-store.ts';

type ExitSource = Extract<TriggerSource, { kind: 'exit' }>;

interface Watched {
  readonly trigger: number;
  readonly tenant: string;
  readonly source: ExitSource;
}

/** The triggers that wait for the ends of processes. Known in memory, as every end asks for them. */
export class ExitWatch {
  readonly #store: TriggerStore;
  readonly #watched = new Map<number, Watched>();

  constructor(store: TriggerStore) {
    this.#store = store;
  }

  add(watched: Watched): void {
    this.#watched.set(watched.trigger, watched);
  }

  remove(trigger: number): void {
    this.#watched.delete(trigger);
  }

  /** Puts the end of a process on record for those that wait for it, in the transaction of the end; gives their ids. */
  async onEnd(transaction: Transaction<Tables>, row: ProcessRow, at: number): Promise<number[]> {
    const exit = processExit.parse(row.exit);
    const meant = [...this.#watched.values()].filter(
      ({ tenant, source }) =>
        tenant === row.tenant &&
        (source.of === row.pid || source.of === row.agent) &&
        source.exits.includes(exit),
    );
    if (meant.length === 0) return [];
    const { pid, agent, output, error } = describeRow(row);
    const event = JSON.parse(JSON.stringify({ kind: 'exit', pid, agent, exit, output, error }));
    for (const { trigger } of meant) {
      await this.#store.put(transaction, trigger, { delivery: `exit ${pid}`, event }, at);
    }
    return meant.map(({ trigger }) => trigger);
  }
}
