import { expect, test } from 'vitest';
import { providers } from '../table.ts';
import { usesResponses } from './client.ts';

function endpoint(name: string, baseUrl?: string) {
  const provider = providers.get(name);
  if (provider === undefined) throw new Error(`The table has no ${name}.`);
  return { provider, model: 'known', baseUrl: baseUrl ?? provider.baseUrl ?? '' };
}

test('OpenAI’s own endpoint is asked through Responses, unless the request has what only Chat Completions know', () => {
  const own = endpoint('openai');
  expect(usesResponses(own, {})).toBe(true);
  expect(usesResponses(own, { stop: [] })).toBe(true);
  expect(usesResponses(own, { stop: ['END'] })).toBe(false);
  expect(usesResponses(own, { seed: 1 })).toBe(false);
});

test('any other address is asked through Chat Completions, unless it was named for Responses', () => {
  const elsewhere = 'http://127.0.0.1:4000/v1';
  expect(usesResponses(endpoint('openai', elsewhere), {})).toBe(false);
  expect(usesResponses(endpoint('azure', elsewhere), {})).toBe(false);
  expect(usesResponses(endpoint('openai-responses', elsewhere), { stop: ['END'] })).toBe(true);
});
