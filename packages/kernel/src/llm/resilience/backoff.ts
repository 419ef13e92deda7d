const baseMs = 500;
const maxMs = 8000;

/**
 * Milliseconds before the retry with this number, counted from 0: anything up to a bound that doubles each time ("full
 * jitter"), so that callers who failed together do not come back together. `random` gives 0 up to 1.
 */
export function backoffMs(retry: number, random: () => number): number {
  return random() * Math.min(maxMs, baseMs * 2 ** retry);
}
