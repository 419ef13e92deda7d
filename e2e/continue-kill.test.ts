// The kernel is killed at each boundary of the call by which a durable process begins anew, time and again. The process does
// its rounds as if nothing had happened: each note is made exactly once, and each run begins once.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { installAgent } from '@aios/testing/installation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKernel, untilCrash } from './kernel-process.ts';

const relaySource = join(import.meta.dirname, '..', 'packages', 'testing', 'agents', 'relay', 'agent.ts');
const boundaries = ['before-journal', 'after-journal', 'after-dispatch', 'after-answer', 'after-receipt'];

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aios-continue-kill-'));
  await writeFile(join(home, 'config.yaml'), 'llms:\n  models:\n    - { name: offline, backend: offline }\n');
  await installAgent(home, 'relay', await readFile(relaySource, 'utf8'));
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

test('a process begins anew once, wherever the kernel is killed meanwhile', async () => {
  const rounds = 8;
  const [first, ...others] = boundaries.map((boundary) => `${boundary}:process.continue`);
  const kernel = await startKernel({ home, env: { AIOS_FAULT: first ?? '' } });
  const input = { rounds, notes: 3 };
  const { pid } = await kernel.client.process.spawn({ agent: 'relay', input, durable: true });
  await kernel.crashed;
  await kernel.client[Symbol.asyncDispose]();
  for (const fault of others) {
    expect([fault, await untilCrash({ home, env: { AIOS_FAULT: fault } })]).toEqual([fault, 'SIGKILL']);
  }

  await using last = await startKernel({ home });
  const ended = await last.client.process.wait({ pid, timeoutMs: 30_000 });
  expect(ended).toMatchObject({ state: 'succeeded', run: rounds, output: { round: rounds } });
  using database = new DatabaseSync(join(home, 'aios.db'), { readOnly: true });
  const made = database.prepare('select content, count(*) as n from notes group by content').all();
  const expected = Array.from({ length: rounds }, (_, round) =>
    [1, 2, 3].map((note) => ({ content: `note ${note} of round ${round + 1}`, n: 1 })),
  );
  const wanted = [...expected.flat(), { content: 'the end', n: 1 }];
  expect(new Set(made.map((row) => JSON.stringify(row)))).toEqual(
    new Set(wanted.map((row) => JSON.stringify(row))),
  );
  const runs = database.prepare("select count(*) as n from journal_records where kind = 'run'").get();
  // Of the seven that began, the present one and the three before it are kept.
  expect(runs?.n).toBe(4);
}, 60_000);
