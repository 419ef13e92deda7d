import type { JsonValue } from '@aios/protocol';
import { expect, test } from 'vitest';
import { readFindings, realPath } from './findings.ts';

const mounts = [
  { path: '/', source: '/home/me/.aios/root', readOnly: false },
  { path: '/docs/manual-1a2b3c', source: '/home/me/manual', readOnly: true },
];

test('a path is that of the nearest mount', () => {
  expect(realPath('/reports/a.md', mounts)).toBe('/home/me/.aios/root/reports/a.md');
  expect(realPath('/docs/manual-1a2b3c/x/b.md', mounts)).toBe('/home/me/manual/x/b.md');
  expect(realPath('/docs/manual-1a2b3c-more/b.md', mounts)).toBe(
    '/home/me/.aios/root/docs/manual-1a2b3c-more/b.md',
  );
});

test('findings name files as they are on disk', () => {
  const output = {
    answer: 'It is so [/docs/manual-1a2b3c/b.md:3, /docs/manual-1a2b3c/c.md:9].',
    sources: [
      { path: '/docs/manual-1a2b3c/b.md', startLine: 3 },
      { path: '/docs/manual-1a2b3c/c.md', startLine: 9, endLine: 12 },
    ] as JsonValue,
    unverified: [],
    report: '/reports/so.md',
  };
  expect(readFindings(output, mounts)).toEqual({
    answer: 'It is so [b.md:3, c.md:9].',
    sources: ['/home/me/manual/b.md:3', '/home/me/manual/c.md:9-12'],
    unverified: [],
    report: '/home/me/.aios/root/reports/so.md',
  });
});
