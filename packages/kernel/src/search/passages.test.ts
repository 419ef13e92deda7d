import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Passage, splitPassages } from './passages.ts';

const line = fc.oneof(
  fc.constantFrom('', '  ', '# One', '## Two', '#### Four', '```', 'words of a line', '    code();'),
  fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !/[\r\n]/.test(text)),
  fc.nat(4000).map((length) => 'lorem ipsum '.repeat(400).slice(0, length)),
  fc.nat(4000).map((length) => '🚀'.repeat(length)),
);
const text = fc.array(line, { maxLength: 60 }).map((lines) => lines.join('\n'));
const kind = fc.constantFrom('markdown' as const, 'plain' as const);

/** What each line of the text looks like when it is put together again from the passages. */
function linesFrom(passages: Passage[]): Map<number, string> {
  const lines = new Map<number, string>();
  for (const passage of passages) {
    passage.text.split('\n').forEach((part, index, parts) => {
      const isLast = index === parts.length - 1;
      const number = Math.min(passage.startLine + index, passage.endLine);
      expect(isLast && number !== passage.endLine ? 'line numbers do not fit the text' : '').toBe('');
      lines.set(number, (lines.get(number) ?? '') + part);
    });
  }
  return lines;
}

describe('any text', () => {
  test('every line that is not blank is in a passage, under its number', () => {
    fc.assert(
      fc.property(text, kind, (content, how) => {
        const passages = splitPassages(content, how);
        const lines = linesFrom(passages);
        content.split('\n').forEach((original, index) => {
          if (original.trim() !== '') expect(lines.get(index + 1)?.trimEnd()).toBe(original.trimEnd());
        });
      }),
      { numRuns: 60 },
    );
  });

  test('passages are in order, not blank, not too long and cut no character in two', () => {
    fc.assert(
      fc.property(text, kind, (content, how) => {
        let before = 1;
        for (const passage of splitPassages(content, how)) {
          expect(passage.startLine).toBeGreaterThanOrEqual(before);
          expect(passage.endLine).toBeGreaterThanOrEqual(passage.startLine);
          expect(passage.text.trim()).not.toBe('');
          expect(passage.text.length).toBeLessThanOrEqual(1200);
          expect(passage.text.isWellFormed()).toBe(true);
          before = passage.endLine;
        }
      }),
      { numRuns: 60 },
    );
  });
});

test('Markdown is cut at headings and knows under which it stands', () => {
  const content = '# Guide\n\nIntro.\n\n## Install\n\nRun it.\n\n### Linux #\n\napt\n\n## Use\n\nGo.\n';
  expect(splitPassages(content, 'markdown')).toEqual([
    { startLine: 1, endLine: 3, heading: 'Guide', text: '# Guide\n\nIntro.' },
    { startLine: 5, endLine: 7, heading: 'Guide › Install', text: '## Install\n\nRun it.' },
    { startLine: 9, endLine: 11, heading: 'Guide › Install › Linux', text: '### Linux #\n\napt' },
    { startLine: 13, endLine: 15, heading: 'Guide › Use', text: '## Use\n\nGo.' },
  ]);
});

test('a comment in a code block is no heading', () => {
  const content = '# Guide\n```sh\n# not a heading\nls\n```\n';
  expect(splitPassages(content, 'markdown').map((passage) => passage.heading)).toEqual(['Guide']);
});

test('plain text has no headings', () => {
  expect(splitPassages('# comment\nx = 1', 'plain')).toEqual([
    { startLine: 1, endLine: 2, heading: '', text: '# comment\nx = 1' },
  ]);
});

test('paragraphs are kept whole and gathered', () => {
  const paragraph = `${'words '.repeat(80).trim()}\n\n`;
  const passages = splitPassages(paragraph.repeat(5), 'plain');
  expect(passages.map((passage) => [passage.startLine, passage.endLine])).toEqual([
    [1, 3],
    [5, 7],
    [9, 9],
  ]);
});

test('Windows and old Mac line ends count as lines', () => {
  expect(splitPassages('a\r\nb\rc', 'plain')).toEqual([
    { startLine: 1, endLine: 3, heading: '', text: 'a\nb\nc' },
  ]);
});
