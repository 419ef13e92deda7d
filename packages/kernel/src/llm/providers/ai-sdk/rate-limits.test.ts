import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMs, rateLimitsOf } from './rate-limits.ts';

const now = Date.parse('2026-11-22T12:00:00Z');

test.each([
  [
    'OpenAI',
    {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    {
      requests: { limit: 60, remaining: 59, resetMs: 1000 },
      tokens: { limit: 150_000, remaining: 149_984, resetMs: 360_000 },
    },
  ],
  [
    'Anthropic',
    {
      'anthropic-ratelimit-input-tokens-limit': '40000',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-22T12:00:30Z',
      'anthropic-ratelimit-output-tokens-remaining': '8000',
      'retry-after': '30',
    },
    {
      inputTokens: { limit: 40_000, remaining: 0, resetMs: 30_000 },
      outputTokens: { remaining: 8000 },
      retryAfterMs: 30_000,
    },
  ],
  [
    'Fireworks',
    { 'x-ratelimit-limit-tokens-prompt': '1000', 'x-ratelimit-remaining-tokens-generated': '5' },
    { inputTokens: { limit: 1000 }, outputTokens: { remaining: 5 } },
  ],
  [
    'OpenRouter',
    { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': String(now + 1500) },
    { requests: { remaining: 3, resetMs: 1500 } },
  ],
] as const)('reads the limits of %s', (_, headers, report) => {
  expect(rateLimitsOf(headers, now)).toEqual(report);
});

test('says nothing where nothing was said, or only nonsense', () => {
  expect(rateLimitsOf(undefined)).toBeUndefined();
  expect(rateLimitsOf({ 'content-type': 'application/json' })).toBeUndefined();
  expect(
    rateLimitsOf({ 'x-ratelimit-remaining-tokens': 'many', 'x-ratelimit-limit-tokens': '-1' }),
  ).toBeUndefined();
});

test.each([
  ['2m59.56s', 179_560],
  ['20ms', 20],
  ['7.66s', 7660],
  ['1h0m1s', 3_601_000],
  ['12', 12_000],
  ['soon', undefined],
])('%s is %s ms', (text, ms) => {
  expect(durationMs(text, now)).toBe(ms);
});

test('no header makes a duration below zero or not finite', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^\d{1,14}(ms|s|m|h|d)?$/),
    fc.date({ noInvalidDate: true }).map(String),
  );
  fc.assert(
    fc.property(text, (value) => {
      const ms = durationMs(value, now);
      expect(ms === undefined || (ms >= 0 && Number.isFinite(ms))).toBe(true);
    }),
  );
});
