import type { CallClass, SchedulingPolicy } from '@aios/protocol';

/** What can be set about scheduling; a change takes effect for the next decision. */
export interface SchedulingSettings {
  /** Calls that may wait in one queue. */
  readonly maxQueued: number;
  /** Milliseconds that a call may wait for a slot. */
  readonly maxWaitMs: number;
  readonly classWeights: Readonly<Record<CallClass, number>>;
  /** By tenant; 1 where absent. */
  readonly tenantWeights: Readonly<Record<string, number>>;
  /** A program whose calls waited so many times as long as they ran goes first. */
  readonly starvationFactor: number;
  /** Milliseconds of waiting that count as much as one level of priority. */
  readonly priorityAgeingMs: number;
  readonly sliceOutputTokens: number | undefined;
  readonly sliceMs: number | undefined;
}

/** A queue as it is configured. */
export interface QueueSettings {
  readonly queue: string;
  readonly slots: number;
  /** Queues of one resource share what is known about programs. */
  readonly resource: string;
  readonly policy: SchedulingPolicy;
  /** Present where too many programs at the same time may harm the resource. */
  readonly window?: WindowSettings;
}

export interface WindowSettings {
  /** Whether anything is bounded by what the resource shows. */
  readonly isOn: boolean;
  /** Tokens that running calls may take of its memory together, where that is known. */
  readonly space?: number;
  /** Milliseconds that a call may hold its slot on average before fewer programs are let in. */
  readonly targetMs?: number;
}
