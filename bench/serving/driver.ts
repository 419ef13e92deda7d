import type { CallRecord, Program } from './program.ts';

/** A way for programs to reach the engine. */
export interface Driver extends AsyncDisposable {
  /** Runs a program to its end; rejects where a call of it was lost. */
  run(program: Program): Promise<readonly CallRecord[]>;
}
