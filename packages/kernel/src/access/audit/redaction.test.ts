import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditedArguments, hideSecrets } from './redaction.ts';

const shown = (input: unknown) => JSON.parse(auditedArguments(input).text);

test('secrets are hidden by the name of their field and by their form, bodies by the name of theirs', () => {
  const input = {
    to: 'a@example.org',
    body: 'Dear A, the figures are in.',
    password: 'hunter2',
    options: { apiKey: 'abc', retries: 2, author: 'b' },
    url: 'https://me:pw@example.org/?q=1&access_token=abcdef',
    header: 'Bearer abcdefgh12345678',
  };
  expect(shown(input)).toEqual({
    to: 'a@example.org',
    body: '[27 characters]',
    password: '[secret]',
    options: { apiKey: '[secret]', retries: 2, author: 'b' },
    url: 'https://[secret]@example.org/?q=1&access_token=[secret]',
    header: '[secret]',
  });
});

test.each([
  'sk-proj-abcdefghijkl',
  'ghp_0123456789abcdef',
  'xoxb-1234-abcdefgh',
  'AKIAABCDEFGHIJKLMNOP',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc',
  '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----',
  'aios_abc_0123456789abcdef',
])('%s is hidden wherever it stands', (secret) => {
  expect(hideSecrets(`see ${secret} there`)).toBe('see [secret] there');
});

test('the hash tells bodies apart, not the order of fields, and not secrets', () => {
  const { sha256 } = auditedArguments({ a: 1, body: 'x', token: 'one' });
  expect(auditedArguments({ token: 'two', body: 'x', a: 1 }).sha256).toBe(sha256);
  expect(auditedArguments({ a: 1, body: 'y', token: 'one' }).sha256).not.toBe(sha256);
});

test('whatever is given, little is kept, and it is JSON', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 6 }), (input) => {
      const { text } = auditedArguments(input);
      expect(text.length).toBeLessThanOrEqual(1000);
      JSON.parse(text);
    }),
  );
});
