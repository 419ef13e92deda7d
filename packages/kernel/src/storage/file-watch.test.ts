import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseDrivers } from '@aios/testing/databases';
import { eventually } from '@aios/testing/eventually';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { FileWatch } from './file-watch.ts';
import { MountTable } from './mount-table.ts';

const logger = createLogger('silent');
const [sqlite] = await databaseDrivers((place) => openDatabase({ ...place, logger }));
let folder: string;
let place: Awaited<ReturnType<NonNullable<typeof sqlite>['create']>>;
let files: FileWatch;

beforeAll(async () => {
  if (sqlite === undefined) throw new Error('There is no SQLite.');
  folder = await mkdtemp(join(tmpdir(), 'aios-watch-'));
  place = await sqlite.create();
  files = new FileWatch(new MountTable(place.database, () => folder), logger, 100);
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const paths = async () =>
  (await files.look('t', '/inbox', new AbortController().signal)).map(({ path }) => path).sort();

test('a folder is watched before it is there, and again after it was replaced', async () => {
  let changes = 0;
  using _watch = await files.watch('t', '/inbox', () => {
    changes += 1;
  });
  expect(await paths()).toEqual([]);
  for (const name of ['first.txt', 'second.txt']) {
    await rm(join(folder, 'inbox'), { recursive: true, force: true });
    await mkdir(join(folder, 'inbox', 'deep'), { recursive: true });
    await writeFile(join(folder, 'inbox', 'deep', name), name);
    await writeFile(join(folder, 'inbox', '.hidden'), 'not told of');
    const before = changes;
    await eventually(() => expect(changes).toBeGreaterThan(before));
    expect(await paths()).toEqual([`/inbox/deep/${name}`]);
  }
});
