import { expect, test } from 'vitest';
import { providers } from '../providers/table.ts';
import { costOf } from './costs.ts';
import { modelFacts } from './facts.ts';
import data from './models.json' with { type: 'json' };

test('knows prices with their source and date, and only where both prices are known', () => {
  expect(modelFacts('openai', 'gpt-5.4-mini')).toEqual({
    contextTokens: 400_000,
    prices: {
      input: 0.75,
      output: 4.5,
      cachedInput: 0.075,
      source: 'https://developers.openai.com/api/docs/pricing',
      asOf: '2026-09-30',
    },
  });
  expect(modelFacts('deepseek', 'deepseek-flash')).toEqual({ contextTokens: 1_000_000 });
  expect(modelFacts('openai', 'nobody-knows-it')).toBeUndefined();
});

test('names providers as the table does', () => {
  expect(Object.keys(data).filter((name) => !providers.has(name))).toEqual([]);
});

test('cached input has a price of its own where one is known', () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cachedInputTokens: 400_000 };
  const prices = { input: 2, output: 10, source: 'config.yaml' };
  expect(costOf({ ...usage, source: 'provider' }, prices)).toBeCloseTo(3);
  expect(costOf({ ...usage, source: 'provider' }, { ...prices, cachedInput: 0.5 })).toBeCloseTo(2.4);
});
