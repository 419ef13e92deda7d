import { expect, test } from 'vitest';
import { estimateRequestTokens, estimateTextTokens } from './estimate.ts';

test('estimates four bytes a token, so that other scripts count more', () => {
  expect(estimateTextTokens('')).toBe(0);
  expect(estimateTextTokens('twelve chars')).toBe(3);
  expect(estimateTextTokens('四个汉字')).toBe(3);
});

test('counts messages, tool calls, tools and images', () => {
  const plain = { messages: [{ role: 'user' as const, content: 'Hello' }] };
  const image = { type: 'image' as const, mediaType: 'image/png', data: 'x'.repeat(100_000) };
  const seen = {
    messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hello' }, image] }],
  };
  const tools = [{ name: 'a', description: 'b', inputSchema: { type: 'object' } }];
  expect(estimateRequestTokens(seen)).toBe(estimateRequestTokens(plain) + 1000);
  expect(estimateRequestTokens({ ...plain, tools })).toBeGreaterThan(estimateRequestTokens(plain));
});
