// kill -9 of a program between any two statements of each call that changes a conversation: what is found afterwards is
// what was before or what is after, nothing in between. Real processes, on both databases.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type CheckpointId, pid as pidSchema } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../database/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { createWorld, say, user } from './contexts.fixture.ts';

const logger = createLogger('silent');
const program = new URL('./crash.fixture.ts', import.meta.url).pathname;

const compileCache = await mkdtemp(join(tmpdir(), 'aios-compile-cache-'));
afterAll(() => rm(compileCache, { recursive: true, force: true }));
const timeout = 120_000;

interface Place {
  readonly home: string;
  readonly url?: string;
}

const places: Place[] = [];
const drivers = await databaseDrivers((place) => {
  places.push(place);
  return openDatabase({ ...place, logger });
});

/** Makes the call in a process of its own and says by which signal it ended. */
async function makeCall({ home, url = '' }: Place, call: string, statements: number) {
  const child = spawn(process.execPath, [program, home, url, call, `${statements}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // There are many of them: each starts in half the time.
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  const [[code, signal], printed] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  expect([code, signal], printed).not.toEqual([1, null]);
  return signal;
}

/** A process with a conversation of two branches; to one of them, c and d, only a checkpoint leads. */
async function prepare(database: Database): Promise<{ branch: CheckpointId }> {
  const world = createWorld(database);
  const caller = await world.spawn();
  await world.call(caller, 'context.append', { messages: [say('a'), say('b')] });
  const { id } = await world.call(caller, 'context.checkpoint', { label: 'first' });
  await world.call(caller, 'context.append', { messages: [say('c'), say('d')] });
  const { before } = await world.call(caller, 'context.restore', { checkpoint: id });
  await world.call(caller, 'context.append', { messages: [say('e')] });
  if (before === undefined) throw new Error('Nothing was kept of the branch.');
  return { branch: before };
}

const tables = [
  'context_usage',
  'context_messages',
  'context_conversations',
  'context_checkpoints',
  'context_loose_messages',
  'processes',
] as const;

/** All rows as text, in an order that does not depend on the database. */
async function contentOf(database: Database): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {};
  for (const table of tables) {
    const { rows } = await sql`select * from ${sql.table(table)}`.execute(database.reader);
    content[table] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return content;
}

/** Whatever happened: what is counted is what is there, and every conversation can be read to its beginning. */
async function checkWhole(database: Database): Promise<Record<string, string[]>> {
  const { reader } = database;
  const messages = await reader.selectFrom('context_messages').selectAll().execute();
  const checkpoints = await reader.selectFrom('context_checkpoints').selectAll().execute();
  const conversations = await reader.selectFrom('context_conversations').selectAll().execute();
  const bytes = [...messages, ...checkpoints].reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const usage = await reader.selectFrom('context_usage').select('stored_bytes').executeTakeFirst();
  expect(usage?.stored_bytes).toBe(bytes + 200 * conversations.length);
  const world = createWorld(database);
  const found: Record<string, string[]> = {};
  for (const { pid, name, head } of conversations) {
    const caller = {
      ...user('anna'),
      process: { pid: pidSchema.parse(pid), agent: 'a', durable: false, fence: 1 },
    };
    const texts = await world.texts(caller, name);
    expect(texts).toHaveLength(messages.find(({ id }) => id === head)?.length ?? 0);
    found[`${pid === 1 ? 'first' : 'forked'} ${name}`] = texts;
  }
  return found;
}

const present = ['a', 'b', 'e'];
/** What the conversations hold after each call. */
const expected: Readonly<Record<string, Record<string, string[]>>> = {
  append: { 'first main': [...present, 'new', 'more'] },
  checkpoint: { 'first main': present },
  restore: { 'first main': ['a', 'b'] },
  fork: { 'first main': present, 'first other': ['a', 'b'] },
  'fork of a process': { 'first main': present, 'forked main': present },
  delete: { 'first main': present },
};

describe.each(drivers)('$name', (driver) => {
  const openPlace = async () => {
    const created = await driver.create();
    const place = places.find(({ home }) => home === created.home);
    if (place === undefined) throw new Error('The place of the database is not known.');
    return { created, place };
  };

  test.concurrent.each(Object.keys(expected))(
    '%s, killed between any two statements',
    { timeout },
    async (call) => {
      const { created, place } = await openPlace();
      await using _created = created;
      const { database } = created;
      await prepare(database);
      const before = await contentOf(database);
      let statements = 1;
      for (; ; statements += 1) {
        expect(await makeCall(place, call, statements)).toBe('SIGKILL');
        const found = await contentOf(database);
        if (JSON.stringify(found) !== JSON.stringify(before)) break;
      }
      // That was the kill after the commit, before the answer: all of it is there.
      expect(statements).toBeGreaterThan(4);
      expect(await checkWhole(database)).toEqual(expected[call]);
    },
  );

  test.concurrent('a sweep, killed between any two statements, goes on at the next', {
    timeout,
  }, async () => {
    const { created, place } = await openPlace();
    await using _created = created;
    const { database } = created;
    const { branch } = await prepare(database);
    const world = createWorld(database);
    await world.contexts.sweep();
    await world.call(user('anna'), 'context.delete', { checkpoint: branch });
    let statements = 1;
    while ((await makeCall(place, 'sweep', statements)) === 'SIGKILL') {
      expect(await checkWhole(database)).toEqual({ 'first main': present });
      statements += 1;
    }
    expect(statements).toBeGreaterThan(4);
    const content = await contentOf(database);
    expect(content.context_messages).toHaveLength(present.length);
    expect(content.context_loose_messages).toEqual([]);
  });
});
