import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { realComponent } from '@aios/testing/real-component';
import { expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../telemetry/index.ts';
import type { Database } from '../database.ts';
import { openDatabase } from '../open.ts';

const logger = createLogger('silent');

async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aios-home-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

function addLog(database: Database, text: string): Promise<unknown> {
  return database.write((transaction) =>
    transaction.insertInto('process_logs').values({ pid: 1, at: 1, kind: 'log', text }).execute(),
  );
}

async function countLogs(database: Database): Promise<number> {
  const rows = await database.reader.selectFrom('process_logs').select('sequence').execute();
  return rows.length;
}

/** Every commit in WAL mode ends with a frame whose fifth to eighth byte give the size of the database. */
async function commitsInLog(home: string): Promise<number> {
  const log = await readFile(join(home, 'aios.db-wal'));
  const frameBytes = log.readUInt32BE(8) + 24;
  let commits = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) {
    if (log.readUInt32BE(at + 4) !== 0) commits += 1;
  }
  return commits;
}

test('the writes of one turn share one commit', async () => {
  const home = await newHome();
  await using database = await openDatabase({ home, logger });
  const before = await commitsInLog(home);
  await Promise.all(Array.from({ length: 200 }, (_, index) => addLog(database, `line ${index}`)));
  expect((await commitsInLog(home)) - before).toBe(1);
  await addLog(database, 'one');
  await addLog(database, 'two');
  expect((await commitsInLog(home)) - before).toBe(3);
  expect(await countLogs(database)).toBe(202);
});

test('many writes at once let the event loop go on', async () => {
  await using database = await openDatabase({ home: await newHome(), logger });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  await addLog(database, 'warm');
  delay.enable();
  await Promise.all(Array.from({ length: 5000 }, (_, index) => addLog(database, `line ${index}`)));
  delay.disable();
  expect(delay.max / 1e6).toBeLessThan(100);
});

test('what is queued is written before the database closes, later writes are refused', async () => {
  const home = await newHome();
  const database = await openDatabase({ home, logger });
  const writes = Promise.all([addLog(database, 'a'), addLog(database, 'b')]);
  await database[Symbol.asyncDispose]();
  await writes;
  await expect(addLog(database, 'c')).rejects.toMatchObject({ code: 'unavailable' });
  await using again = await openDatabase({ home, logger });
  expect(await countLogs(again)).toBe(2);
});

test('the file is readable by its owner alone', async () => {
  const home = await newHome();
  await using _database = await openDatabase({ home, logger });
  expect((await stat(join(home, 'aios.db'))).mode & 0o777).toBe(0o600);
});

test.each([
  ['is not a database', () => Buffer.from('this is no database at all'.repeat(500))],
  ['was cut off', (whole: Buffer) => whole.subarray(0, 6000)],
  ['has a damaged schema', (whole: Buffer) => Buffer.from(whole).fill(0xee, 100, 4096)],
])('a file that %s is refused and left as it is', async (_name, damage) => {
  const home = await newHome();
  const file = join(home, 'aios.db');
  await (await openDatabase({ home, logger }))[Symbol.asyncDispose]();
  await writeFile(file, damage(await readFile(file)));
  const hash = async () =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  const before = await hash();
  const failure = await openDatabase({ home, logger }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'unavailable', disposition: 'operator' });
  expect(String(failure)).toContain('aios.db');
  expect(String(failure)).toContain('left as it is');
  expect(await hash()).toBe(before);
});

test('a home that can’t be written is refused with advice', async () => {
  const failure = await openDatabase({ home: '/etc/passwd/aios', logger }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'unavailable', disposition: 'operator' });
  expect(String(failure)).toContain('AIOS_HOME');
});

test.each([
  [
    'made by a newer AIOS',
    "insert into schema_migrations values (9999, '9999-future.sql', 'x')",
    'newer AIOS',
  ],
  ['with an altered migration', "update schema_migrations set sha256 = 'other'", 'differs'],
])('a database %s is refused', async (_name, change, words) => {
  const home = await newHome();
  await (await openDatabase({ home, logger }))[Symbol.asyncDispose]();
  const file = new DatabaseSync(join(home, 'aios.db'));
  file.exec(change);
  file.close();
  await expect(openDatabase({ home, logger })).rejects.toThrow(words);
});

test('a full disk fails the writes that have no room, loses none before them and heals', async () => {
  const home = await mountSmallDisk();
  if (home === undefined) return;
  await using database = await openDatabase({ home, logger });
  let written = 0;
  const big = 'x'.repeat(100_000);
  const fill = async () => {
    for (;;) {
      await addLog(database, big);
      written += 1;
    }
  };
  const failure = await fill().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'unavailable', disposition: 'operator' });
  expect(String(failure)).toContain('full');
  const together = await Promise.allSettled([addLog(database, big), addLog(database, big)]);
  expect(together.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  expect(await countLogs(database)).toBe(written);
  await rm(join(home, 'ballast'));
  await addLog(database, big);
  expect(await countLogs(database)).toBe(written + 1);
  expect((await readdir(home)).sort()).toEqual(['aios.db', 'aios.db-shm', 'aios.db-wal']);
});

/** A disk of a few megabytes, part of which a file `ballast` takes; undefined where nobody may mount one. */
async function mountSmallDisk(): Promise<string | undefined> {
  const home = await newHome();
  const allowed = process.platform === 'linux' && process.getuid?.() === 0 ? home : undefined;
  const disk = realComponent('small disk (tmpfs)', allowed, 'Run the tests as root on Linux.');
  if (disk === undefined) return undefined;
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk]);
  onTestFinished(() => void execFileSync('umount', [disk]));
  await writeFile(join(disk, 'ballast'), Buffer.alloc(2_000_000));
  return disk;
}
