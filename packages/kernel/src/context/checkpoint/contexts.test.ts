// Kept conversations and their checkpoints, on both databases.

import { databaseDrivers } from '@aios/testing/databases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../database/index.ts';
import type { Caller } from '../../syscall/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { createWorld, pidOf, say, user, type World } from './contexts.fixture.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  let world: World;
  beforeAll(async () => {
    created = await driver.create();
    world = createWorld(created.database);
  });
  afterAll(async () => {
    await created[Symbol.asyncDispose]();
  });

  const append = (who: Caller, texts: readonly string[], conversation = 'main') =>
    world.call(who, 'context.append', { conversation, messages: texts.map(say) });
  const mark = async (who: Caller, label?: string) =>
    (await world.call(who, 'context.checkpoint', label === undefined ? {} : { label })).id;
  const storedMessages = async ({ user: owner }: Caller) =>
    (
      await world.database.reader
        .selectFrom('context_messages')
        .select('message')
        .where('user', '=', owner)
        .execute()
    ).length;

  test('messages come back as they were, in order, in pages', async () => {
    const process = await world.spawn();
    const messages = [
      { role: 'system' as const, content: 'née 🚀 \0 \ud800' },
      { role: 'user' as const, content: [{ type: 'text' as const, text: 'look' }] },
      {
        role: 'assistant' as const,
        content: '',
        toolCalls: [{ id: 'c1', name: 'f', arguments: { b: 1, a: [null, { z: 1, y: 2 }] } }],
        providerData: { signature: 'x' },
      },
      { role: 'tool' as const, toolCallId: 'c1', toolName: 'f', content: 'done' },
    ];
    const appended = await world.call(process, 'context.append', { messages });
    expect(appended).toMatchObject({ pid: pidOf(process), conversation: 'main', length: 4 });
    const read = await world.call(process, 'context.read', {});
    expect(read).toEqual({ ...appended, messages });
    expect(JSON.stringify(read.messages)).toBe(JSON.stringify(messages));
    const page = await world.call(process, 'context.read', { after: 1, limit: 2 });
    expect(page.messages).toEqual(messages.slice(1, 3));
  });

  test('a conversation that was never written is empty', async () => {
    const process = await world.spawn();
    expect(await world.call(process, 'context.read', { conversation: 'other' })).toMatchObject({
      length: 0,
      bytes: 0,
      messages: [],
    });
    expect(await world.call(process, 'context.list', {})).toEqual({ conversations: [], checkpoints: [] });
  });

  test('a checkpoint is come back to, and what was after it stays reachable', async () => {
    const process = await world.spawn();
    await append(process, ['a', 'b']);
    const first = await mark(process, 'plan');
    await append(process, ['c', 'd']);
    const restored = await world.call(process, 'context.restore', { checkpoint: first });
    expect(restored).toMatchObject({ conversation: 'main', length: 2, before: expect.any(Number) });
    expect(await world.texts(process)).toEqual(['a', 'b']);
    await append(process, ['e']);
    expect(await world.texts(process)).toEqual(['a', 'b', 'e']);

    const { before = first } = restored;
    const again = await world.call(process, 'context.restore', { checkpoint: before });
    expect(await world.texts(process)).toEqual(['a', 'b', 'c', 'd']);
    const { checkpoints } = await world.call(process, 'context.list', {});
    expect(checkpoints).toMatchObject([
      { id: again.before, cause: 'restore', length: 3 },
      { id: before, cause: 'restore', length: 4 },
      { id: first, cause: 'request', length: 2, label: 'plan' },
    ]);
    const back = await world.call(process, 'context.restore', { checkpoint: before });
    expect(back.before).toBeUndefined();
  });

  test('a checkpoint of the empty beginning is come back to', async () => {
    const process = await world.spawn();
    const start = await mark(process);
    await append(process, ['a']);
    await world.call(process, 'context.restore', { checkpoint: start });
    expect(await world.texts(process)).toEqual([]);
    await append(process, ['b']);
    expect(await world.texts(process)).toEqual(['b']);
  });

  test('two futures go on from one past, and share what they have in common', async () => {
    const process = await world.spawn({ user: 'sharer' });
    await append(process, ['a', 'b', 'c']);
    const checkpoint = await mark(process);
    await append(process, ['d']);
    expect(await world.call(process, 'context.fork', { as: 'other' })).toMatchObject({
      conversation: 'other',
      length: 4,
    });
    await world.call(process, 'context.fork', { checkpoint, as: 'third' });
    await append(process, ['x'], 'other');
    await append(process, ['d', 'y'], 'third');
    expect(await world.texts(process)).toEqual(['a', 'b', 'c', 'd']);
    expect(await world.texts(process, 'other')).toEqual(['a', 'b', 'c', 'd', 'x']);
    expect(await world.texts(process, 'third')).toEqual(['a', 'b', 'c', 'd', 'y']);
    expect(await storedMessages(process)).toBe(6);
    await expect(world.call(process, 'context.fork', { as: 'other' })).rejects.toMatchObject({
      code: 'already_exists',
    });
    await expect(
      world.call(process, 'context.fork', { conversation: 'none', as: 'fourth' }),
    ).rejects.toMatchObject({ code: 'not_found' });
    for (const input of [{}, { as: 'fifth', spawn: {} }]) {
      await expect(world.call(process, 'context.fork', input)).rejects.toMatchObject({
        code: 'invalid_argument',
      });
    }
  });

  test('a forked process begins with the conversation, and each goes its own way', async () => {
    const process = await world.spawn({ agent: 'thinker' });
    await append(process, ['a', 'b']);
    const { pid, conversation, length } = await world.call(process, 'context.fork', { spawn: {} });
    expect({ conversation, length }).toEqual({ conversation: 'main', length: 2 });
    const child = { ...process, process: { pid, agent: 'thinker', durable: false, fence: 1 } };
    await append(child, ['child']);
    await append(process, ['parent']);
    expect(await world.texts(child)).toEqual(['a', 'b', 'child']);
    expect(await world.texts(process)).toEqual(['a', 'b', 'parent']);
  });

  test('the difference of two checkpoints is what only one of them has', async () => {
    const process = await world.spawn();
    await append(process, ['a', 'b', 'c']);
    const first = await mark(process);
    await append(process, ['d', 'e']);
    const second = await mark(process);
    await world.call(process, 'context.restore', { checkpoint: first });
    await append(process, ['f']);
    expect(await world.call(process, 'context.diff', { from: second })).toMatchObject({
      common: 3,
      removed: { count: 2, messages: [say('d'), say('e')] },
      added: { count: 1, messages: [say('f')] },
      files: [],
      notes: { added: 0 },
    });
    expect(await world.call(process, 'context.diff', { from: first, to: second, limit: 1 })).toMatchObject({
      common: 3,
      removed: { count: 0, messages: [] },
      added: { count: 2, messages: [say('d')] },
    });
    expect(await world.call(process, 'context.diff', { from: first, to: first })).toMatchObject({
      common: 3,
      removed: { count: 0 },
      added: { count: 0 },
    });
  });

  test('a checkpoint knows the versions of the files that the family wrote, and the notes', async () => {
    const process = await world.spawn({ agent: 'writer', user: 'writer' });
    const child = await world.spawn({ parent: process, agent: 'helper' });
    const stranger = await world.spawn({ user: 'writer' });
    const write = (who: Caller, path: string, version: number) =>
      world.database.write((transaction) =>
        transaction
          .insertInto('file_versions')
          .values({
            tenant: who.tenant,
            path,
            version,
            sha256: 'x',
            size_bytes: 1,
            cause: 'write',
            author: 'a',
            pid: pidOf(who),
            created_at: world.now,
          })
          .execute(),
      );
    const note = (id: string, at: number) =>
      world.database.write((transaction) =>
        transaction
          .insertInto('notes')
          .values({
            id: `${driver.name}-${id}`,
            tenant: 'default',
            user: 'writer',
            agent: 'writer',
            content: id,
            context: '',
            keywords: '[]',
            tags: '[]',
            created_at: at,
          })
          .execute(),
      );
    await write(process, '/mine', 1);
    await write(child, '/childs', 1);
    await write(stranger, '/other', 1);
    await note('one', 10);
    await note('two', 20);
    const { id, files } = await world.call(process, 'context.checkpoint', {});
    expect(files).toBe(2);
    await write(stranger, '/mine', 2);
    await write(process, '/mine', 3);
    await write(process, '/new', 1);
    await note('same-moment', 20);
    await note('later', 30);
    const changes = {
      files: [
        { path: '/mine', from: 1, to: 3 },
        { path: '/new', to: 1 },
      ],
      notes: { added: 2 },
    };
    expect(await world.call(process, 'context.diff', { from: id })).toMatchObject(changes);
    const { id: later } = await world.call(process, 'context.checkpoint', {});
    await note('last', 30);
    expect(await world.call(process, 'context.diff', { from: id, to: later })).toMatchObject(changes);
    expect(await world.call(process, 'context.diff', { from: later, to: id })).toMatchObject({
      notes: { added: 0 },
    });
  });

  test('the user and the ancestors of a process see its conversations, nobody else', async () => {
    const parent = await world.spawn();
    const child = await world.spawn({ parent });
    await append(child, ['secret']);
    const checkpoint = await mark(child);
    const pid = pidOf(child);
    for (const who of [parent, user('anna')]) {
      expect((await world.call(who, 'context.read', { pid })).length).toBe(1);
      expect((await world.call(who, 'context.read', { checkpoint })).length).toBe(1);
    }
    const sibling = await world.spawn();
    for (const who of [
      user('bob'),
      user('anna', 'other'),
      sibling,
      await world.spawn({ tenant: 'other' }),
      await world.spawn({ user: 'bob' }),
      await world.spawn({ parent: child }),
    ]) {
      const calls = [
        () => world.call(who, 'context.read', { pid }),
        () => world.call(who, 'context.list', { pid }),
        () => world.call(who, 'context.append', { pid, messages: [say('x')] }),
        () => world.call(who, 'context.checkpoint', { pid }),
        () => world.call(who, 'context.fork', { pid, as: 'mine' }),
        () => world.call(who, 'context.read', { checkpoint }),
        () => world.call(who, 'context.restore', { checkpoint }),
        () => world.call(who, 'context.fork', { checkpoint, as: 'mine' }),
        () => world.call(who, 'context.fork', { checkpoint, spawn: {} }),
        () => world.call(who, 'context.diff', { from: checkpoint }),
        () => world.call(who, 'context.delete', { checkpoint }),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await world.texts(child)).toEqual(['secret']);
    await expect(world.call(user('anna'), 'context.read', {})).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('pid'),
    });
  });

  test('users share nothing, although they say the same', async () => {
    const [one, other] = [await world.spawn({ user: 'eve' }), await world.spawn({ user: 'adam' })];
    await append(one, ['same']);
    await append(other, ['same']);
    expect([await storedMessages(one), await storedMessages(other)]).toEqual([1, 1]);
  });

  test('a conversation that grows too large is refused with its size, and stays as it was', async () => {
    const process = await world.spawn();
    await append(process, ['a'.repeat(60_000)]);
    await expect(append(process, ['fits', 'b'.repeat(60_000)])).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('context.max_bytes'),
      details: { bytes: expect.any(Number), maxBytes: 100_000 },
    });
    expect((await world.call(process, 'context.read', {})).length).toBe(1);
  });

  test('a user whose store is full is refused, unless old checkpoints make room', async () => {
    const process = await world.spawn({ user: 'hoarder' });
    const start = await mark(process, 'start');
    for (let round = 0; round < 12; round += 1) {
      await append(process, [`${round}`.padEnd(90_000, 'x')]);
      await world.call(process, 'context.restore', { checkpoint: start });
    }
    const { checkpoints } = await world.call(process, 'context.list', {});
    expect(checkpoints.length).toBeLessThan(13);
    for (let round = 0; round < 9; round += 1) {
      await append(process, [`kept ${round}`.padEnd(90_000, 'x')], `c${round}`);
    }
    await expect(async () => {
      for (let round = 9; round < 14; round += 1) {
        await append(process, [`kept ${round}`.padEnd(90_000, 'x')], `c${round}`);
      }
    }).rejects.toMatchObject({
      code: 'quota_exceeded',
      message: expect.stringContaining('context.max_stored_bytes'),
    });
    expect((await world.call(process, 'context.read', { conversation: 'c8' })).length).toBe(1);
  });

  test('what was kept is there after the database was opened again', async () => {
    const process = await world.spawn();
    await append(process, ['a', 'b']);
    const checkpoint = await mark(process, 'kept');
    await append(process, ['c']);
    const again = createWorld(await created.reopen());
    expect(await again.texts(process)).toEqual(['a', 'b', 'c']);
    await again.call(process, 'context.restore', { checkpoint });
    expect(await again.texts(process)).toEqual(['a', 'b']);
  });

  test('appends at the same time all come in, each whole', async () => {
    const process = await world.spawn();
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => append(process, [text, `${text}2`])));
    const texts = await world.texts(process);
    expect(texts.filter((text) => !text.endsWith('2')).sort()).toEqual(['a', 'b', 'c', 'd']);
    for (const text of ['a', 'b', 'c', 'd']) {
      expect(texts[texts.indexOf(text) + 1]).toBe(`${text}2`);
    }
  });
});
