import { expect, test } from 'vitest';
import { inlineContent } from './inline-content.ts';

test.each(['QUJD', 'QUI=', 'QUI', 'QQ==', 'a-_b', 'QUJD\nQUJD\n', 'https://example.org/a.png'])(
  '%j is content',
  (text) => expect(inlineContent.safeParse(text).success).toBe(true),
);

test.each([
  '',
  ' ',
  'Q',
  'QU=',
  'not base64!',
  'data:image/png;base64,QUJD',
  'https://',
  'gs://bucket/a.png',
])('%j is none', (text) => expect(inlineContent.safeParse(text).success).toBe(false));

test('the other alphabet and line breaks become the usual form; an address stays', () => {
  expect(inlineContent.parse('a-_b\nQUJD')).toBe('a+/bQUJD');
  expect(inlineContent.parse('https://example.org/a-b_c.png')).toBe('https://example.org/a-b_c.png');
});
