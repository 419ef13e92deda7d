import OpenAI from 'openai';
import { expect, test, vi } from 'vitest';
import { retryDelayMs } from './openai-retry.ts';

test('the schedule is that of the official client', async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  try {
    const waits: number[] = [];
    let last = Date.now();
    const client = new OpenAI({
      apiKey: 'none',
      maxRetries: 7,
      fetch: async () => {
        waits.push(Date.now() - last);
        last = Date.now();
        return new Response('{}', { status: 429 });
      },
    });
    const answer = client.chat.completions.create({ model: 'any', messages: [] }).catch((error) => error);
    await vi.runAllTimersAsync();
    expect(await answer).toBeInstanceOf(OpenAI.RateLimitError);
    const expected = [0, 1, 2, 3, 4, 5, 6].map((retry) => retryDelayMs(retry, () => 0.5));
    expect(waits.slice(1)).toEqual(expected.map(Math.trunc));
  } finally {
    vi.restoreAllMocks();
    vi.useRealTimers();
  }
});
