import { AiosError } from '@aios/protocol';
import { expect, test } from 'vitest';
import { overflowOf, readOverflow } from './overflow.ts';

test.each([
  [
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion).",
    4096,
  ],
  [
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
    128_000,
  ],
  ['The decoder prompt (length 5000) is longer than the maximum model length of 4096.', 4096],
  ['prompt is too long: 208310 tokens > 200000 maximum', 200_000],
  [
    'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length',
    200_000,
  ],
  ['The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', 1_048_576],
  ['Prompt contains 40000 tokens, too large for model with 32768 maximum context length', 32_768],
  ['the request exceeds the available context size (4096 tokens), try increasing it', 4096],
])('reads the window out of: %s', (said, windowTokens) => {
  expect(readOverflow(said)).toEqual({ windowTokens });
});

test('knows an overflow whose window is not told, and what is none', () => {
  expect(readOverflow('Your input exceeds the context window of this model.')).toEqual({});
  expect(readOverflow('Bad request', 'context_length_exceeded')).toEqual({});
  expect(readOverflow('Invalid value for temperature')).toBeUndefined();
});

test('an overflow of a reply that had begun is none: nothing may be sent again', () => {
  const details = { overflow: { windowTokens: 4096 } };
  const error = (more: object) =>
    new AiosError('invalid_argument', 'x', { details: { ...details, ...more } });
  expect(overflowOf(error({}))).toEqual({ windowTokens: 4096 });
  expect(overflowOf(error({ begun: true }))).toBeUndefined();
  expect(overflowOf(new AiosError('invalid_argument', 'x'))).toBeUndefined();
});
