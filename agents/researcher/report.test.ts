import { expect, test } from 'vitest';
import { type Findings, renderReport } from './report.ts';

const folder = '/docs/manual-abc123';
const text = [
  '# Ports',
  '',
  'The port is 8000,',
  'unless a variable',
  'says otherwise,',
  'or a file.',
  '',
  'More.',
].join('\n');
const findings: Findings = {
  question: 'Which\nport?',
  answer: ' It is 8000. ',
  documents: '/home/me/manual',
  folder,
  sources: [],
  unverified: [],
  passages: [{ path: `${folder}/a.md`, startLine: 11, endLine: 18, text }],
  model: 'm',
  provider: 'p',
  date: '2026-02-03',
};
const at = (startLine: number, endLine?: number) => ({
  path: `${folder}/a.md`,
  startLine,
  ...(endLine && { endLine }),
});

test('a source quotes the lines that it names, to the end of a paragraph or a few lines more', () => {
  expect(renderReport({ ...findings, sources: [at(13)] })).toContain(
    '1. `a.md`, line 13\n\n   > The port is 8000,\n   > unless a variable\n   > says otherwise,\n',
  );
  expect(renderReport({ ...findings, sources: [at(16)] })).toMatch(/line 16\n\n {3}> or a file\.\n$/);
  expect(renderReport({ ...findings, sources: [at(13, 16)] })).toMatch(
    /line 13-16\n\n( {3}> .*\n){3} {3}> or a file\.\n$/,
  );
});

test('question and answer stand in it, and a notice and what could not be confirmed only where there is such', () => {
  const plain = renderReport({ ...findings, sources: [at(13)] });
  expect(plain.startsWith('# Which port?\n')).toBe(true);
  expect(plain).toContain('\n\nIt is 8000.\n\n');
  expect(plain).not.toContain('Not confirmed');
  const more = renderReport({ ...findings, sources: [at(13)], notice: 'Offline.', unverified: ['b.md:1'] });
  expect(more).toContain('> Offline.');
  expect(more).toMatch(/## Not confirmed\n\n.*b\.md:1/);
});
