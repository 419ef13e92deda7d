import { type JsonValue, jsonValue, type Pid, processState } from '@aios/protocol';
import type { Clock } from '../clock/index.ts';
import { describeRow } from './describe-process.ts';
import type { EffectLedger } from './effects/index.ts';
import { isFinal, type SignalRecord } from './lifecycle/index.ts';
import type { LiveProcesses } from './live-processes.ts';
import type { ProcessStore } from './process-store.ts';
import type { WaitSource, WaitSources } from './wait/index.ts';

/** The queues of resources. */
export interface Slots {
  load(queue: string): { readonly capacity: number; readonly running: number; readonly queued: number };
  /** The listener is told of each slot that nobody waited for. */
  onFree(listener: (queue: string) => void): Disposable;
}

/** Where what a process can wait for comes from. */
export interface SourcePlaces {
  readonly live: LiveProcesses;
  readonly store: ProcessStore;
  readonly signalRecord: SignalRecord;
  readonly clock: Clock;
  /** What waits for mail; made once the table is there. */
  readonly mailSource: WaitSource<'message'>;
  readonly approvalSource: WaitSource<'approval'>;
  readonly effects: EffectLedger;
  readonly slots: Slots;
}

/** The topic under which the end of a process is told. */
export const endOf = (pid: Pid): string => `end ${pid}`;
/** The topic under which it is told that a process was sent a signal. */
export const signalsOf = (pid: Pid): string => `signals ${pid}`;

/** The topic under which it is told that a slot of a queue is free. */
export const slotsOf = (queue: string): string => `slots ${queue}`;

/** What a process can wait for among processes, and the time. */
export function processSources({
  live,
  store,
  signalRecord,
  clock,
  mailSource,
  approvalSource,
  effects,
  slots,
}: SourcePlaces): WaitSources {
  const ended = async (pid: Pid): Promise<JsonValue | undefined> => {
    if (live.isAlive(pid)) return undefined;
    const row = await store.find(pid);
    // One that is on record and does not live here yet, or no longer, has not ended.
    if (row === undefined || !isFinal(processState.parse(row.state))) return undefined;
    return jsonValue.parse(JSON.parse(JSON.stringify(describeRow(row))));
  };
  return {
    message: mailSource,
    approval: approvalSource,
    effect: effects.source,
    slot: ({ queue }) => ({
      topics: [slotsOf(queue)],
      look: async () => {
        const { capacity, running, queued } = slots.load(queue);
        return queued === 0 && running < capacity ? { queue, capacity, running } : undefined;
      },
    }),
    child: ({ pid }) => ({ topics: [endOf(pid)], look: () => ended(pid) }),
    timer: ({ at = '' }) => {
      const time = Date.parse(at);
      const look = async () => (clock.now() >= time ? new Date(time).toISOString() : undefined);
      return { topics: [], at: time, look };
    },
    signal: ({ signal }, { pid }) => {
      if (pid === undefined) return { topics: [], look: async () => undefined };
      return {
        topics: [signalsOf(pid)],
        look: async () => {
          const box = live.get(pid)?.signals;
          const sent =
            box === undefined ? (await signalRecord.store.unheard(pid))[0]?.signal : box.next(signal);
          return sent?.signal === signal ? jsonValue.parse(JSON.parse(JSON.stringify(sent))) : undefined;
        },
        take: async (transaction) => (await live.get(pid)?.signals.takeNext(transaction, signal)) ?? false,
      };
    },
  };
}
