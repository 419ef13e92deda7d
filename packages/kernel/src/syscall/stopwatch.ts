import type { Step } from './ports.ts';

/** Times the steps of one call in milliseconds. */
export class Stopwatch {
  readonly startedAt = performance.now();
  readonly steps: Partial<Record<Step, number>> = {};
  #last = this.startedAt;

  /** Books the time since the last lap to a step. */
  lap(step: Step): void {
    const now = performance.now();
    this.steps[step] = (this.steps[step] ?? 0) + now - this.#last;
    this.#last = now;
  }
}
