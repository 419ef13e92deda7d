import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../exit-codes.ts';
import { readTask } from './task.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aios-task-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('what cannot be documents is refused in words that say why', async () => {
  const file = join(folder, 'note.md');
  const refusal = (docs: string) => expect(readTask({ docs, ask: ['why?'] })).rejects;
  await refusal(join(folder, 'missing')).toMatchObject({ exitCode: exitCodes.usage });
  await refusal(join(folder, 'missing')).toThrow(/there is no .*missing/);
  await refusal(folder).toThrow(/is empty/);
  await writeFile(file, 'text');
  await refusal(file).toThrow(/note\.md is a file/);
  await refusal(join(file, 'below')).toThrow(/there is no/);
});

test('a folder of one’s own needs a question', async () => {
  await writeFile(join(folder, 'note.md'), 'text');
  await expect(readTask({ docs: folder })).rejects.toThrow(/--ask/);
  await expect(readTask({ docs: folder, ask: [' '] })).rejects.toThrow(/--ask is empty/);
  expect(await readTask({ docs: folder, ask: ['What', 'is it?'] })).toEqual({
    documents: folder,
    question: 'What is it?',
  });
});
