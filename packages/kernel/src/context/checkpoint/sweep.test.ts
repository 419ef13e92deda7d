// What the policy keeps of conversations, and that a sweep removes all of the rest and nothing else.

import type { KernelEvent } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../database/index.ts';
import type { Caller } from '../../syscall/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { createWorld, pidOf, say, user, type World } from './contexts.fixture.ts';
import { Sweep } from './sweep.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  let world: World;
  beforeEach(async () => {
    created = await driver.create();
    world = createWorld(created.database);
  });
  afterEach(async () => {
    await created[Symbol.asyncDispose]();
  });

  const append = (who: Caller, texts: readonly string[], conversation = 'main') =>
    world.call(who, 'context.append', { conversation, messages: texts.map(say) });
  const mark = async (who: Caller, label?: string) =>
    (await world.call(who, 'context.checkpoint', label === undefined ? {} : { label })).id;
  const kept = async (who: Caller) =>
    (await world.call(who, 'context.list', {})).checkpoints.map(({ id }) => id).reverse();
  const count = async (table: 'context_messages' | 'context_conversations' | 'context_loose_messages') =>
    (await world.database.reader.selectFrom(table).selectAll().execute()).length;

  test('checkpoints go when they are old or too many; those with a label stay', async () => {
    const process = await world.spawn();
    const labelled = await mark(process, 'plan');
    await mark(process);
    world.now += 1000;
    world.policy.keep_checkpoints = 2;
    const ids = [];
    for (const text of ['a', 'b', 'c']) {
      await append(process, [text]);
      ids.push(await mark(process));
    }
    await world.contexts.sweep();
    expect(await kept(process)).toEqual([labelled, ...ids.slice(1)]);
  });

  test('a branch goes with its last checkpoint, what others share of it stays', async () => {
    const process = await world.spawn();
    await append(process, ['a', 'b']);
    const start = await mark(process);
    await append(process, ['c', 'd']);
    const { before } = await world.call(process, 'context.restore', { checkpoint: start });
    await append(process, ['e']);
    if (before === undefined) throw new Error('Nothing was kept of the branch.');
    await world.call(process, 'context.delete', { checkpoint: before });
    expect(await count('context_messages')).toBe(5);
    const events: KernelEvent[] = [];
    using _subscription = world.events.subscribe((event) => events.push(event), ['context-swept']);
    await world.contexts.sweep();
    expect(await count('context_messages')).toBe(3);
    expect(await count('context_loose_messages')).toBe(0);
    expect(await world.texts(process)).toEqual(['a', 'b', 'e']);
    expect(events).toMatchObject([
      { type: 'context-swept', tenant: 'default', messages: 2, checkpoints: 0, conversations: 0 },
    ]);
    await world.contexts.sweep();
    expect(events).toHaveLength(1);
  });

  test('conversations of ended processes go after their time, and what has a label stays', async () => {
    const [ended, labelled, living] = [await world.spawn(), await world.spawn(), await world.spawn()];
    for (const process of [ended, labelled, living]) {
      await append(process, [`of ${pidOf(process)}`]);
      await mark(process);
    }
    const precious = await mark(labelled, 'result');
    await world.end(ended);
    await world.end(labelled);
    world.now += 499;
    await world.contexts.sweep();
    expect(await count('context_conversations')).toBe(3);
    world.now += 1;
    await world.contexts.sweep();
    expect(await count('context_conversations')).toBe(1);
    expect([await kept(ended), await kept(labelled)]).toEqual([[], [precious]]);
    expect(await count('context_messages')).toBe(2);
    expect(await world.texts(living)).toEqual([`of ${pidOf(living)}`]);
    const { messages } = await world.call(user('anna'), 'context.read', { checkpoint: precious });
    expect(messages).toEqual([say(`of ${pidOf(labelled)}`)]);
    await world.call(user('anna'), 'context.restore', { checkpoint: precious });
    expect(await world.texts(labelled)).toEqual([`of ${pidOf(labelled)}`]);
  });

  test('beyond the bytes of a user his oldest checkpoints go, and no other user’s', async () => {
    const [process, other] = [await world.spawn(), await world.spawn({ user: 'bob' })];
    const start = await mark(process, 'start');
    const ids = [];
    for (const text of ['a', 'b', 'c', 'd']) {
      world.now += 1;
      await append(process, [text.repeat(10_000)]);
      const { before } = await world.call(process, 'context.restore', { checkpoint: start });
      ids.push(before);
    }
    await append(other, ['x'.repeat(10_000)]);
    const mine = await mark(other);
    world.policy.max_stored_bytes = 25_000;
    await world.contexts.sweep();
    expect(await kept(process)).toEqual([start, ...ids.slice(2)]);
    expect(await kept(other)).toEqual([mine]);
    expect(await count('context_messages')).toBe(3);
  });

  test('a long history that nothing leads to goes in batches; closing in between loses nothing', async () => {
    const process = await world.spawn();
    world.policy.max_bytes = 1_000_000;
    await append(process, ['root']);
    const start = await mark(process, 'start');
    for (let batch = 0; batch < 3; batch += 1) {
      await append(
        process,
        Array.from({ length: 500 }, (_, index) => `${batch}-${index}`),
      );
    }
    const { before } = await world.call(process, 'context.restore', { checkpoint: start });
    if (before === undefined) throw new Error('Nothing was kept of the branch.');
    await world.call(process, 'context.delete', { checkpoint: before });
    const closing = new AbortController();
    let writes = 0;
    const database: Database = {
      ...world.database,
      async write(job) {
        const result = await world.database.write(job);
        writes += 1;
        if (writes === 2) closing.abort();
        return result;
      },
    };
    await new Sweep({ database, policy: world.policy, now: world.now, signal: closing.signal }).run();
    expect(await count('context_messages')).toBe(501);
    expect(await count('context_loose_messages')).toBe(1);
    expect(await world.texts(process)).toEqual(['root']);
    await world.contexts.sweep();
    expect(await count('context_messages')).toBe(1);
    expect(await world.texts(process)).toEqual(['root']);
  });
});
