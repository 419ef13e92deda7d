import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePattern } from './pattern.ts';

test.each([
  ['calculator', 'calculator', true],
  ['calculator', 'calculator2', false],
  ['/docs/**', '/docs', true],
  ['/docs/**', '/docs/a/b.md', true],
  ['/docs/**', '/docs-private/a.md', false],
  ['/docs/*', '/docs/a.md', true],
  ['/docs/*', '/docs/a/b.md', false],
  ['/docs/*/report.md', '/docs/x/report.md', true],
  ['/docs/*/report.md', '/docs/x/y/report.md', false],
  ['/docs/**/report.md', '/docs/x/y/report.md', true],
  ['storage.*', 'storage.read', true],
  ['*/**', '/x/y', true],
  ['/*/secret/**', '/home/secret', true],
  ['**', '', true],
  ['*.example.com', 'api.example.com', true],
  ['*.example.com', 'example.com', false],
  ['a.c', 'abc', false],
])('pattern %s on %s: %s', (pattern, target, expected) => {
  expect(compilePattern(pattern)(target)).toBe(expected);
});

test('a pattern means what the regular expression of its definition means', () => {
  const part = fc.constantFrom('a', 'b', '/', '*', '**', '.');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.stringMatching(/^[ab./]{0,10}$/), (parts, target) => {
      const pattern = parts.join('');
      const source = pattern
        .split(/(\*+)/)
        .map((text) =>
          text === '' ? '' : text[0] === '*' ? (text.length > 1 ? '.*' : '[^/]*') : RegExp.escape(text),
        );
      const byDefinition = new RegExp(`^(?:${source.join('')})$`).test(target);
      // `/docs/**` covers `/docs` too.
      const asFolder = pattern.endsWith('/**') && compilePattern(pattern.slice(0, -3))(target);
      expect(compilePattern(pattern)(target)).toBe(byDefinition || asFolder);
    }),
  );
});

test('no pattern takes long, however many stars it has', () => {
  const matches = compilePattern(`${'*a'.repeat(200)}b`);
  const startedAt = performance.now();
  expect(matches('a'.repeat(2000))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
