import type { Clock } from '../../clock/index.ts';

interface WallTimeOptions {
  readonly clock: Clock;
  /** Unix milliseconds of the first start. */
  readonly startedAt: number;
  readonly onWarning: (usedSeconds: number) => void;
  readonly onEnd: () => void;
}

/** Timers of the host fire at once when they are set further ahead. */
const maxTimerMs = 2 ** 31 - 1;
const warningAt = 0.8;

/** Counts the wall time of one process against its bound, which may change meanwhile. */
export class WallTime implements Disposable {
  readonly #options: WallTimeOptions;
  #seconds = Number.POSITIVE_INFINITY;
  #isWarned = false;
  #cancel: (() => void) | undefined;

  constructor(options: WallTimeOptions) {
    this.#options = options;
  }

  get usedSeconds(): number {
    return Math.max(0, (this.#options.clock.now() - this.#options.startedAt) / 1000);
  }

  bind(seconds: number): void {
    if (seconds > this.#seconds) this.#isWarned = false;
    this.#seconds = seconds;
    this.#look();
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this[Symbol.dispose]();
    if (!Number.isFinite(this.#seconds)) return;
    const { clock, onWarning, onEnd } = this.#options;
    const used = this.usedSeconds;
    if (used >= this.#seconds) {
      onEnd();
      return;
    }
    if (!this.#isWarned && used >= this.#seconds * warningAt) {
      this.#isWarned = true;
      onWarning(used);
    }
    const next = this.#isWarned ? this.#seconds : this.#seconds * warningAt;
    const delayMs = Math.min(maxTimerMs, Math.max(1, Math.ceil((next - used) * 1000)));
    this.#cancel = clock.after(delayMs, () => this.#look());
  }
}
