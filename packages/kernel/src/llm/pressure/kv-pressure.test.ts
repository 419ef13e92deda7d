import { expect, test } from 'vitest';
import type { EngineMetrics } from './engine-metrics.ts';
import { KvPressure } from './kv-pressure.ts';

const metrics = (overrides: Partial<EngineMetrics> = {}): EngineMetrics => ({
  kvTokens: 100_000,
  kvUsed: 0.3,
  preemptions: 0,
  prefixQueries: 0,
  prefixHits: 0,
  ...overrides,
});
/** A second later, in which prompts were looked up and found in this part. */
const later = (hits: number, overrides: Partial<EngineMetrics> = {}) =>
  metrics({ prefixQueries: 50_000, prefixHits: 50_000 * hits, ...overrides });
const demand = { programs: 20, contextTokens: 200_000, knownShare: 0.9 };

test('contexts that do not fit and are forgotten are too many, down to as many as fit', () => {
  const pressure = new KvPressure();
  pressure.judge(metrics(), demand, 30_000);
  expect(pressure.judge(later(0.2), demand, 30_000)).toMatchObject({
    congested: { atLeast: 7, reason: expect.stringContaining('20 programs take 200 % of its memory') },
    isEased: false,
  });
});

test('contexts that do not fit and are found all the same are not too many, but leave no room for more', () => {
  const pressure = new KvPressure();
  pressure.judge(metrics(), demand, 30_000);
  expect(pressure.judge(later(0.85), demand, 30_000)).toEqual({ space: 100_000, isEased: false });
});

test('there is room for one more where its context fits too and what was computed is found again', () => {
  const pressure = new KvPressure();
  const judge = (contextTokens: number, hits: number) => {
    pressure.judge(metrics(), demand, 30_000);
    return pressure.judge(later(hits), { programs: 9, contextTokens, knownShare: 0.9 }, 30_000).isEased;
  };
  expect(judge(90_000, 0.85)).toBe(true);
  expect(judge(92_000, 0.85)).toBe(false);
  expect(judge(90_000, 0.4)).toBe(false);
});

test('prompts with nothing in common are no sign of too many', () => {
  const pressure = new KvPressure();
  const strangers = { programs: 20, contextTokens: 200_000, knownShare: 0 };
  pressure.judge(metrics(), strangers, 30_000);
  expect(pressure.judge(later(0), strangers, 30_000).congested).toBeUndefined();
});

test('contexts that fit are not too many, whatever is found', () => {
  const pressure = new KvPressure();
  const few = { programs: 4, contextTokens: 40_000, knownShare: 0.9 };
  pressure.judge(metrics(), few, 30_000);
  expect(pressure.judge(later(0.1), few, 30_000).congested).toBeUndefined();
});

test('calls that are put off for want of memory are a sign; a restart of the engine is none', () => {
  const pressure = new KvPressure();
  pressure.judge(metrics({ preemptions: 5, prefixQueries: 1_000_000 }), demand, 30_000);
  expect(pressure.judge(later(0.2, { preemptions: 9 }), demand, 30_000).congested).toBeUndefined();
  expect(pressure.judge(later(0.2, { preemptions: 12 }), demand, 30_000).congested).toBeDefined();
});

test('what calls share is measured: the memory holds more of them than their sizes say', () => {
  const pressure = new KvPressure();
  let space: number | undefined;
  // Calls of 120,000 tokens together take 30,000 of the memory.
  for (let look = 0; look < 80; look += 1) space = pressure.judge(metrics(), demand, 120_000).space;
  expect(space).toBeGreaterThan(390_000);
  expect(space).toBeLessThan(410_000);
});
