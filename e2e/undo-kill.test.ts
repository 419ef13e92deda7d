// The kernel is killed (SIGKILL) in the middle of an undo: before it is on record, and after each of some of the files. The
// next kernel finds all as it was, or takes all of it back: process, notes and every file.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pid } from '@aios/protocol';
import { newPostgresDatabase } from '@aios/testing/databases';
import { installAgent } from '@aios/testing/installation';
import { realComponent } from '@aios/testing/real-component';
import { describe, expect, test } from 'vitest';
import { type KernelProcess, startKernel } from './kernel-process.ts';

const files = 60;
const filer = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'filer',
  permissions: ['*'],
  async run(_input, aios) {
    await aios.memory.add({ content: 'a note from before' });
    await aios.storage.write({ path: '/kept.txt', content: 'before' });
    await aios.context.checkpoint({});
    await aios.message.receive({});
    await aios.memory.add({ content: 'a note from after' });
    await aios.storage.write({ path: '/kept.txt', content: 'after' });
    const paths = Array.from({ length: ${files} }, (_, index) => '/made/' + index + '.txt');
    await Promise.all(paths.map((path) => aios.storage.write({ path, content: path })));
    const said = await aios.message.receive({});
    return said.content;
  },
});`;

interface Found {
  readonly calls: number;
  readonly notes: number;
  readonly kept: string;
  readonly made: number;
}

const before: Found = { calls: 3, notes: 1, kept: 'before', made: 0 };
const after: Found = { calls: 6 + files, notes: 2, kept: 'after', made: files };

/** Until the process has made all of its files and waits. */
async function whenWritten({ client }: KernelProcess, pid: Pid): Promise<void> {
  for (;;) {
    const { calls } = await client.process.replay({ pid });
    if (calls === after.calls) return;
    await delay(100);
  }
}

async function lookAt({ client }: KernelProcess, home: string, pid: Pid): Promise<Found> {
  const made = Array.from({ length: files }, (_, index) => join(home, 'root', 'made', `${index}.txt`));
  const { checkpoints } = await client.context.list({ pid });
  const from = checkpoints.find(({ cause }) => cause === 'request')?.id;
  if (from === undefined) throw new Error('The checkpoint is gone.');
  const diff = await client.context.diff({ from });
  return {
    calls: (await client.process.replay({ pid })).calls,
    notes: 1 + diff.notes.added,
    kept: await readFile(join(home, 'root', 'kept.txt'), 'utf8'),
    made: made.filter((file) => existsSync(file)).length,
  };
}

function killTests(database: () => Promise<Record<string, string>>): void {
  /** Kills a kernel when `isTime`, while it undoes, and says what the next one finds once it serves. */
  async function undoAndKill(isTime: (home: string) => boolean): Promise<Found> {
    const home = await mkdtemp(join(tmpdir(), 'aios-undo-kill-'));
    await using _home = { [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) };
    await writeFile(
      join(home, 'config.yaml'),
      'llms:\n  models:\n    - { name: offline, backend: offline }\n',
    );
    await installAgent(home, 'filer', filer);
    const env = await database();
    const first = await startKernel({ home, env });
    const { pid } = await first.client.process.spawn({ agent: 'filer', durable: true });
    await first.client.message.send({ to: `${pid}`, content: 'go' });
    await whenWritten(first, pid);
    const undoing = first.client.process.undo({ pid }).catch(() => undefined);
    while (!isTime(home)) await new Promise((resolve) => setImmediate(resolve));
    await first.crash();
    await undoing;
    await using second = await startKernel({ home, env });
    const found = await lookAt(second, home, pid);
    if (found.calls === before.calls) await second.client.message.send({ to: `${pid}`, content: 'go' });
    await second.client.message.send({ to: `${pid}`, content: 'on' });
    const ended = await second.client.process.wait({ pid, timeoutMs: 30_000 });
    expect(ended).toMatchObject({ state: 'succeeded', output: 'on' });
    return found;
  }

  const isGone = (index: number) => (home: string) => !existsSync(join(home, 'root', 'made', `${index}.txt`));

  test('before it is on record, nothing has changed; from then on, all of it has', async () => {
    expect([before, after]).toContainEqual(await undoAndKill(() => true));
  }, 60_000);

  test('after the first file, and in the middle of them, all others follow', async () => {
    // They follow in the order of their paths.
    expect(await undoAndKill(isGone(0))).toEqual(before);
    expect(await undoAndKill(isGone(35))).toEqual(before);
  }, 90_000);
}

describe('SQLite', () => killTests(async () => ({})));

const postgres = realComponent('PostgreSQL', await newPostgresDatabase(), 'Install the package postgresql.');
describe.skipIf(postgres === undefined)('PostgreSQL', () =>
  killTests(async () => ({ DATABASE_URL: (await newPostgresDatabase()) ?? '' })),
);
