import { pid, type SyscallInput, type SyscallName, tenantId, userId } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everything } from '../access/policy.fixture.ts';
import { type Database, openDatabase } from '../database/index.ts';
import type { Caller, SyscallContext } from '../syscall/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { type Conversations, createConversations } from './conversations.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

const limits = { ttl_ms: 1000, max_bytes: 500, max_stored_bytes: 1000 };

function caller(user: string, more: Partial<Caller> = {}): Caller {
  return { tenant: tenantId.parse('default'), user: userId.parse(user), policy: everything, ...more };
}

const processOf = (number: number) => ({
  process: { pid: pid.parse(number), agent: 'a', durable: false, fence: 1 },
});
const keyOf = (id: string) => ({ key: { id, aliases: {} } });

function contextOf(who: Caller): SyscallContext<SyscallName> {
  return {
    call: '1',
    caller: who,
    signal: new AbortController().signal,
    invoke: () => Promise.reject(new Error('conversations make no calls')),
    invokeBehind: () => Promise.reject(new Error('conversations make no calls')),
    moveTo: async () => undefined,
    authorise: async () => undefined,
    commit: (job) => database.write(job),
    idempotencyKey: undefined,
    ensureCurrent: async () => undefined,
    progress: () => undefined,
    onYield: () => undefined,
    runToEnd: () => undefined,
    mayYield: () => false,
  };
}

let database: Database;

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  let conversations: Conversations;
  let now = 1_795_000_000_000;
  const openOn = (database: Database) =>
    createConversations({ database, limits: () => limits, logger, now: () => now });
  beforeAll(async () => {
    created = await driver.create();
    database = created.database;
    conversations = openOn(created.database);
  });
  afterAll(async () => {
    await conversations[Symbol.asyncDispose]();
    await created[Symbol.asyncDispose]();
  });

  const put = (who: Caller, input: SyscallInput<'conversation.put'>, of = conversations) =>
    of.handlers['conversation.put'].prepare(input, who).execute(contextOf(who));
  const get = async (who: Caller, id: string, history = false, of = conversations) => {
    const call = of.handlers['conversation.get'].prepare({ id, history }, who);
    return (await call.execute(contextOf(who))).entries;
  };
  const remove = (who: Caller, id: string) =>
    conversations.handlers['conversation.delete'].prepare({ id }, who).execute(contextOf(who));

  test('an entry comes back as it was put, whatever JSON it is', async () => {
    const who = caller('whole');
    const value = { text: 'née 🚀\n"quoted" \0', list: [1, null, true, { deep: [] }] };
    const { expiresAt } = await put(who, { id: 'a', value });
    expect(await get(who, 'a')).toEqual([
      { id: 'a', value, createdAt: new Date(now).toISOString(), expiresAt },
    ]);
    await put(who, { id: 'a', value: 'other' });
    expect(await get(who, 'a')).toMatchObject([{ value: 'other' }]);
  });

  test('the history comes oldest first; alone an entry comes without it', async () => {
    const who = caller('historian');
    await put(who, { id: 'a', value: 1 });
    await put(who, { id: 'b', previous: 'a', value: 2 });
    await put(who, { id: 'side', previous: 'a', value: 0 });
    await put(who, { id: 'c', previous: 'b', value: 3 });
    expect((await get(who, 'c', true)).map(({ value }) => value)).toEqual([1, 2, 3]);
    expect((await get(who, 'c')).map(({ value }) => value)).toEqual([3]);
  });

  test('without an entry in between, the history cannot be read, and the error names it', async () => {
    const who = caller('gap');
    await put(who, { id: 'a', value: 1 });
    await put(who, { id: 'b', previous: 'a', value: 2 });
    await put(who, { id: 'c', previous: 'b', value: 3 });
    await remove(who, 'b');
    await expect(get(who, 'c', true)).rejects.toMatchObject({ code: 'not_found', details: { id: 'b' } });
    await expect(get(who, 'b')).rejects.toMatchObject({ code: 'not_found' });
    await expect(remove(who, 'b')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a circle has an end', async () => {
    const who = caller('circle');
    await put(who, { id: 'a', previous: 'b', value: 1 });
    await put(who, { id: 'b', previous: 'a', value: 2 });
    await expect(get(who, 'b', true)).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    ['another user', caller('bob', processOf(7))],
    ['another tenant', caller('anna', { ...processOf(7), tenant: tenantId.parse('other') })],
    ['another process', caller('anna', processOf(8))],
    ['the user outside the process', caller('anna')],
    ['a key of the user', caller('anna', keyOf('7'))],
  ])('%s finds, removes and goes on from nothing of it', async (_who, other) => {
    const owner = caller('anna', processOf(7));
    await put(owner, { id: 'mine', value: 1 });
    await expect(get(other, 'mine')).rejects.toMatchObject({ code: 'not_found' });
    await expect(remove(other, 'mine')).rejects.toMatchObject({ code: 'not_found' });
    await put(other, { id: 'next', previous: 'mine', value: 2 });
    await expect(get(other, 'next', true)).rejects.toMatchObject({ code: 'not_found' });
    expect(await get(owner, 'mine')).toHaveLength(1);
  });

  test('two holders have each their own entry of one id', async () => {
    const [one, other] = [caller('anna', keyOf('one')), caller('anna', keyOf('other'))];
    await put(one, { id: 'same', value: 'one' });
    await put(other, { id: 'same', value: 'other' });
    expect(await get(one, 'same')).toMatchObject([{ value: 'one' }]);
  });

  test('an entry expires at its time, and one that goes on from it puts that off', async () => {
    const who = caller('late');
    await put(who, { id: 'short', value: 0, ttlMs: 10 });
    await put(who, { id: 'a', value: 1 });
    now += 900;
    await expect(get(who, 'short')).rejects.toMatchObject({ code: 'not_found' });
    await put(who, { id: 'b', previous: 'a', value: 2 });
    now += 900;
    expect(await get(who, 'b', true)).toHaveLength(2);
    now += 101;
    await expect(get(who, 'b')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a sweep removes what has expired, and the oldest beyond the bound of a user', async () => {
    const who = caller('hoarder');
    await put(who, { id: 'gone', value: 'x', ttlMs: 1 });
    now += 1;
    for (const id of ['oldest', 'middle', 'newest']) {
      now += 1;
      await put(who, { id, value: 'x'.repeat(398) });
    }
    const frugal = caller('frugal');
    await put(frugal, { id: 'small', value: 'x' });
    await conversations.sweep();
    const rows = await created.database.reader
      .selectFrom('conversations')
      .select('id')
      .where('user', 'in', ['hoarder', 'frugal'])
      .orderBy('created_at')
      .execute();
    expect(rows.map(({ id }) => id)).toEqual(['middle', 'newest', 'small']);
  });

  test('a conversation that grows too large is refused with its size, and stays as it was', async () => {
    const who = caller('talker');
    await put(who, { id: 'a', value: 'x'.repeat(300) });
    const refused = put(who, { id: 'b', previous: 'a', value: 'y'.repeat(300) });
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('conversation.max_bytes'),
      details: { bytes: 604, maxBytes: 500 },
    });
    await expect(get(who, 'b')).rejects.toMatchObject({ code: 'not_found' });
    expect(await get(who, 'a')).toHaveLength(1);
  });

  test('what was put is there after the database was opened again', async () => {
    const who = caller('patient');
    await put(who, { id: 'a', value: 1 });
    await using again = openOn(await created.reopen());
    expect(await get(who, 'a', true, again)).toMatchObject([{ value: 1 }]);
  });
});
