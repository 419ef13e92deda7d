/** One call of a program: what is new in its prompt and what it answers, in tokens. */
export interface ProgramCall {
  readonly input: number;
  readonly output: number;
}

/** What one agent does, as lengths: stages one after the other, the calls of a stage at the same time. */
export interface Program {
  /** Unlike that of any other program of the run. */
  readonly id: string;
  /** The agent that it is a run of. */
  readonly agent: string;
  /** What all programs of its kind begin with, in tokens: instructions, tools, examples. */
  readonly sharedInput: { readonly kind: string; readonly tokens: number };
  readonly stages: readonly (readonly ProgramCall[])[];
  /** Milliseconds that its tools take between a stage and the next; one for each stage but the last. */
  readonly pauses: readonly number[];
}

/** A program and when it comes, in milliseconds of the engine after the start of the run. */
export interface Arrival {
  readonly at: number;
  readonly program: Program;
}

/** When a call was sent and answered: its label, and Unix milliseconds. */
export type CallRecord = readonly [label: string, sentAt: number, doneAt: number];

/** A program that ran, and when it came and ended. */
export interface ProgramRecord {
  readonly program: Program;
  readonly arrivedAt: number;
  readonly endedAt: number;
  readonly calls: readonly CallRecord[];
}

/** Unix milliseconds, with fractions. */
export function unixNow(): number {
  return performance.timeOrigin + performance.now();
}
