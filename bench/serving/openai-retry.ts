// The schedule of OpenAI’s client (openai 7.57, src/client.ts): half a second, doubled up to eight, up to a quarter less.
// The benchmark runs in scaled time, so it has the schedule and not the client; openai-retry.test.ts compares the two.

const initialMs = 500;
const maxMs = 8000;

/** Milliseconds to wait before the retry of this number, counted from 0. */
export function retryDelayMs(retry: number, random: () => number): number {
  return Math.min(initialMs * 2 ** retry, maxMs) * (1 - random() * 0.25);
}
