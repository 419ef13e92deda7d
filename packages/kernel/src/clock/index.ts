// Time as a parameter, so that tests and simulations run on a time of their own.

export interface Clock {
  /** Milliseconds of Unix time. */
  now(): number;
  /** Runs something later; the result takes it back. */
  after(delayMs: number, run: () => void): () => void;
}

const after: Clock['after'] = (delayMs, run) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

/** For spans: never goes back, and does not follow corrections of the machine’s clock. */
export const systemClock: Clock = { now: () => performance.timeOrigin + performance.now(), after };

/** For dates and calendar windows: the time of day as the machine has it, which may jump. */
export const wallClock: Clock = { now: Date.now, after };
