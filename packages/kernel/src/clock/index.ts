// Time as a parameter, so that tests and simulations run on a time of their own.

export interface Clock {
  /** Milliseconds of Unix time; never goes back. */
  now(): number;
  /** Runs something later; the result takes it back. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
