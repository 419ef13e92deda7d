import type { JsonObject, JsonValue } from '@aios/sdk';
import { expect, test } from 'vitest';
import { mountPath, slug } from './names.ts';
import { checkCitations, type Passage, passagesOf } from './sources.ts';

const folder = '/docs/manual-abc123';

function outcome(name: string, args: JsonObject, result: JsonValue) {
  return { call: { id: '1', name, arguments: args }, result };
}

function passage(file: string, startLine: number, endLine: number): Passage {
  return { path: `${folder}/${file}`, startLine, endLine, text: 'text' };
}

test('passages come from searches and reads, and from below the folder only', () => {
  const match = { path: `${folder}/a.md`, startLine: 3, endLine: 5, text: 'three', score: 1 };
  const passages = passagesOf(
    [
      outcome('storage.search', { query: 'x' }, { matches: [match, { ...match, path: '/reports/old.md' }] }),
      outcome(
        'storage.read',
        { path: 'b', startLine: 10 },
        { path: `${folder}/b.md`, content: 'x\ny\n', encoding: 'utf8' },
      ),
      outcome('memory.search', {}, { notes: [] }),
      outcome('storage.search', {}, 'not what a search returns'),
    ],
    folder,
  );
  expect(passages).toEqual([
    { path: `${folder}/a.md`, startLine: 3, endLine: 5, text: 'three' },
    { path: `${folder}/b.md`, startLine: 10, endLine: 11, text: 'x\ny\n' },
  ]);
});

test.each([
  ['absolute path', `So it is [${folder}/a.md:4].`, [{ path: `${folder}/a.md`, startLine: 4 }]],
  ['path within the folder', 'So it is [a.md:4].', [{ path: `${folder}/a.md`, startLine: 4 }]],
  ['range that overlaps', 'So [./a.md:5-9]', [{ path: `${folder}/a.md`, startLine: 5, endLine: 9 }]],
  ['en dash, L and code marks', 'So [`a.md:L4–L5`]', [{ path: `${folder}/a.md`, startLine: 4, endLine: 5 }]],
  ['the same twice', '[a.md:4] and [a.md:4]', [{ path: `${folder}/a.md`, startLine: 4 }]],
])('a real citation is a source: %s', (_name, answer, sources) => {
  expect(checkCitations(answer, [passage('a.md', 3, 5)], folder)).toEqual({ sources, unverified: [] });
});

test('several citations in one pair of brackets are checked one by one', () => {
  const { sources, unverified } = checkCitations(
    '[a.md:4, b.md:1; a.md:60]',
    [passage('a.md', 3, 5)],
    folder,
  );
  expect(sources).toEqual([{ path: `${folder}/a.md`, startLine: 4 }]);
  expect(unverified).toEqual(['b.md:1', 'a.md:60']);
});

test('brackets that cite nothing are left alone', () => {
  const answer = 'An array [1, 2], a link [guide](http://x:80/), a list [ ], [time 10:30], [a.md:0].';
  expect(checkCitations(answer, [passage('a.md', 1, 99)], folder)).toEqual({ sources: [], unverified: [] });
});

test('folders of one name are mounted apart, the same folder at the same place', () => {
  expect(mountPath('/home/a/My Docs')).toMatch(/^\/docs\/my-docs-[0-9a-f]{6}$/);
  expect(mountPath('/home/a/docs')).not.toBe(mountPath('/home/b/docs'));
  expect(mountPath('/home/a/docs')).toBe(mountPath('/home/a/docs'));
});

test('a slug is a short, safe file name', () => {
  expect(slug('How does "Überlauf" work?!', 60)).toBe('how-does-uberlauf-work');
  expect(slug('../../etc/passwd', 60)).toBe('etc-passwd');
  expect(slug('???', 60)).toBe('untitled');
  expect(slug('one two three', 8)).toBe('one-two');
});
