// The sign of life of a thread: memory that it shares with the kernel, so that it can be read while the thread is blocked.

const beatCell = 0;
const taskCell = 1;

/** How often a thread gives a sign of life, and how often the kernel looks for it. */
export const beatMs = 100;

export class Pulse {
  readonly shared: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  constructor(shared = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#cells = new BigInt64Array(shared);
  }

  /** For the thread: its event loop turns. */
  beat(): void {
    Atomics.add(this.#cells, beatCell, 1n);
  }

  get beats(): bigint {
    return Atomics.load(this.#cells, beatCell);
  }

  /** For the thread: what runs from now on is code of this task; 0: of none in particular. */
  enter(task: number): void {
    Atomics.store(this.#cells, taskCell, BigInt(task));
  }

  /** The task whose code ran last. */
  get task(): number {
    return Number(Atomics.load(this.#cells, taskCell));
  }
}

/**
 * Says once when the thread has shown no sign of life for so long. A thread that has not begun is not looked at, and time in
 * which the kernel itself was held up does not count.
 */
export function watchPulse(pulse: Pulse, stuckAfterMs: () => number, onStuck: () => void): Disposable {
  let seen = 0n;
  let silentMs = 0;
  let lookedAt = performance.now();
  const look = () => {
    const now = performance.now();
    const passedMs = Math.min(now - lookedAt, 2 * beatMs);
    lookedAt = now;
    const { beats } = pulse;
    silentMs = beats === seen && beats > 0n ? silentMs + passedMs : 0;
    seen = beats;
    if (silentMs < stuckAfterMs()) return;
    clearInterval(timer);
    onStuck();
  };
  const timer = setInterval(look, beatMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
