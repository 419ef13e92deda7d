// A process, its files and its memory go back together, on both databases.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pid } from '@aios/protocol';
import type { Installation } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  type Boot,
  onBothDatabases,
  saidTo,
  startWalker,
  stop,
  tell,
} from '../process/history/history.fixture.ts';
import { defineTool } from '../tool/index.ts';

/** Takes payments and gives them back. */
class Bank {
  balance = 0;
  readonly tool = defineTool({
    name: 'payments.pay',
    description: 'Pays.',
    input: z.object({ for: z.string() }),
    effect: 'external',
    idempotent: false,
    run: () => {
      this.balance += 1;
      return { paid: true };
    },
    compensate: async () => {
      this.balance -= 1;
    },
  });
}

const fileOf = ({ home }: Installation, path: string) =>
  readFile(join(home, 'root', path), 'utf8').catch(() => undefined);

/** Words of the notes that the agent finds. */
async function notesOf({ kernel, token }: Installation, pid: Pid): Promise<string[]> {
  const { notes } = await kernel.open(token, { pid }).call('memory.search', { query: 'note', limit: 100 });
  return notes.map(({ content }) => content).sort();
}

function undoTests(boot: Boot): void {
  test('process, conversation, files and notes are as they were at the checkpoint, and it goes on from there', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startWalker(installation, { child: true });
    await tell(installation, pid, 'a');
    const { id } = await session.call('context.checkpoint', { pid });
    for (const word of ['b', 'c']) await tell(installation, pid, word);
    const undone = await session.call('process.undo', { pid, checkpoint: id });
    expect(undone).toMatchObject({
      pid,
      checkpoint: id,
      process: { takenBack: 12, killed: [expect.any(Number), expect.any(Number)] },
      files: [
        { path: '/diary.txt', outcome: 'restored', version: 1, changedBy: [] },
        { path: '/walked/b.txt', outcome: 'removed', changedBy: [] },
        { path: '/walked/c.txt', outcome: 'removed', changedBy: [] },
      ],
      notes: { removed: 2 },
      effects: [],
    });
    expect(await fileOf(installation, 'diary.txt')).toBe('a in step 1');
    expect(await fileOf(installation, 'walked/a.txt')).toBe('a');
    expect(await fileOf(installation, 'walked/b.txt')).toBeUndefined();
    expect(await saidTo(session, pid)).toEqual(['a']);
    expect(await notesOf(installation, pid)).toEqual(['note of a']);
    // What was there stays a version.
    const { versions } = await session.call('storage.versions', { path: '/walked/b.txt' });
    expect(versions).toHaveLength(1);

    await tell(installation, pid, 'd');
    await installation.reboot();
    expect(await fileOf(installation, 'diary.txt')).toBe('d in step 2');
    // To the newest one, a second time: what the first undo wrote is no change of others.
    expect(await installation.session.call('process.undo', { pid })).toMatchObject({
      process: { takenBack: 6 },
      files: [{ path: '/diary.txt' }, { path: '/walked/d.txt', outcome: 'removed' }],
    });
    expect(await stop(installation, pid)).toEqual(['a']);
  });

  test('files that others have changed since are refused, kept or overwritten, as one says', async () => {
    await using installation = await boot();
    const { session, home } = installation;
    const pid = await startWalker(installation);
    await tell(installation, pid, 'a');
    await session.call('context.checkpoint', { pid });
    await tell(installation, pid, 'b');
    await session.call('storage.write', { path: '/diary.txt', content: 'mine' });
    await writeFile(join(home, 'root', 'walked', 'b.txt'), 'an editor was here');
    await session.call('memory.add', { content: 'a note of the operator' });
    await expect(session.call('process.undo', { pid })).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringMatching(/\/diary\.txt \(user:operator\), \/walked\/b\.txt \(outside\)/),
    });
    expect(await fileOf(installation, 'diary.txt')).toBe('mine');
    expect(await notesOf(installation, pid)).toHaveLength(2);
    expect(await session.call('process.undo', { pid, others: 'keep' })).toMatchObject({
      files: [
        { path: '/diary.txt', outcome: 'kept', version: 1, changedBy: ['user:operator'] },
        { path: '/walked/b.txt', outcome: 'kept', changedBy: ['outside'] },
      ],
      notes: { removed: 1 },
    });
    expect(await fileOf(installation, 'diary.txt')).toBe('mine');
    expect(await session.call('process.undo', { pid, others: 'overwrite' })).toMatchObject({
      files: [{ outcome: 'restored' }, { outcome: 'removed' }],
    });
    expect(await fileOf(installation, 'diary.txt')).toBe('a in step 1');
    expect(await fileOf(installation, 'walked/b.txt')).toBeUndefined();
    const { versions } = await session.call('storage.versions', { path: '/walked/b.txt' });
    expect(versions.map(({ cause }) => cause)).toEqual(['outside', 'write']);
    expect(await stop(installation, pid)).toEqual(['a']);
  });

  test('what was done outside is listed, and undone where that is asked for', async () => {
    const bank = new Bank();
    await using installation = await boot({ tools: [bank.tool] });
    const { session } = installation;
    const pid = await startWalker(installation, { pay: true });
    await tell(installation, pid, 'a');
    const { id } = await session.call('context.checkpoint', { pid });
    for (const word of ['b', 'c']) await tell(installation, pid, word);
    expect(bank.balance).toBe(3);
    const listed = await session.call('process.undo', { pid });
    expect(listed.effects).toMatchObject([
      { id: `${pid}:18`, target: 'payments.pay', state: 'committed', compensable: true },
      { id: `${pid}:12`, state: 'committed', compensable: true },
    ]);
    expect(bank.balance).toBe(3);
    const undone = await session.call('process.undo', { pid, checkpoint: id, compensate: true });
    expect(undone.effects.map(({ state }) => state)).toEqual(['compensated', 'compensated']);
    expect(bank.balance).toBe(1);
    expect(await stop(installation, pid)).toEqual(['a']);
  });

  test('of a process that has ended, files, notes and conversation go back', async () => {
    await using installation = await boot();
    const { session } = installation;
    const pid = await startWalker(installation);
    await tell(installation, pid, 'a');
    await expect(session.call('process.undo', { pid })).rejects.toThrow('has no checkpoint');
    await session.call('context.checkpoint', { pid });
    await tell(installation, pid, 'b');
    expect(await stop(installation, pid)).toEqual(['a', 'b']);
    const undone = await session.call('process.undo', { pid });
    expect(undone.process).toBeUndefined();
    expect(undone).toMatchObject({
      files: [{ path: '/diary.txt' }, { path: '/walked/b.txt' }],
      notes: { removed: 1 },
    });
    expect(await fileOf(installation, 'diary.txt')).toBe('a in step 1');
    expect(await saidTo(session, pid)).toEqual(['a']);
    expect(await session.call('process.get', { pid })).toMatchObject({ state: 'succeeded' });
  });
}

await onBothDatabases(undoTests);
