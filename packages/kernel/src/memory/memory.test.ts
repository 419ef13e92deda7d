import { pid, type SyscallInput, type SyscallName, tenantId, userId } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everything } from '../access/policy.fixture.ts';
import { type Database, openDatabase } from '../database/index.ts';
import { createTextIndex } from '../search/index.ts';
import type { Caller, SyscallContext } from '../syscall/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { createMemory } from './index.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

function caller(agent: string | undefined, user = 'anna', tenant = 'default'): Caller {
  const process =
    agent === undefined ? {} : { process: { pid: pid.parse(1), agent, durable: false, fence: 1 } };
  return { tenant: tenantId.parse(tenant), user: userId.parse(user), policy: everything, ...process };
}

function contextOf(who: Caller): SyscallContext<SyscallName> {
  return {
    call: '1',
    caller: who,
    signal: new AbortController().signal,
    invoke: () => Promise.reject(new Error('memory makes no calls')),
    invokeBehind: () => Promise.reject(new Error('memory makes no calls')),
    moveTo: async () => undefined,
    progress: () => undefined,
    onYield: () => undefined,
    runToEnd: () => undefined,
    mayYield: () => false,
    authorise: async () => undefined,
    commit: (job) => database.write(job),
    idempotencyKey: undefined,
    ensureCurrent: async () => undefined,
  };
}

let database: Database;

describe.each(drivers)('$name', (driver) => {
  let memory: ReturnType<typeof createMemory>;
  let created: Awaited<ReturnType<typeof driver.create>>;
  beforeAll(async () => {
    created = await driver.create();
    database = created.database;
    memory = createMemory({ database: created.database, textIndex: createTextIndex(created.database) });
  });
  afterAll(async () => {
    await created[Symbol.asyncDispose]();
  });

  async function add(who: Caller, note: Partial<SyscallInput<'memory.add'>>): Promise<string> {
    const input = { content: 'x', context: '', keywords: [], tags: [], ...note };
    return (await memory.handlers['memory.add'].prepare(input, who).execute(contextOf(who))).id;
  }

  async function search(who: Caller, query: string, more: Partial<SyscallInput<'memory.search'>> = {}) {
    const input = { query, limit: 5, ...more };
    return (await memory.handlers['memory.search'].prepare(input, who).execute(contextOf(who))).notes;
  }

  test('a note comes back as it was given, and the best match comes first', async () => {
    const who = caller('recaller');
    const note = {
      content: 'The café opens at seven.',
      context: 'opening hours',
      keywords: ['café'],
      tags: ['town'],
    };
    const id = await add(who, note);
    await add(who, { content: 'The museum opens at ten. It has no place to sit.' });
    const [first] = await search(who, 'When does the café open?');
    expect(first).toMatchObject({ ...note, id, agent: 'recaller' });
    expect(Date.parse(first?.createdAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  test.each(['content word', 'contextual hint', 'keyworded', 'taggedly'])(
    'a note is found by its %s',
    async (query) => {
      const who = caller('finder');
      await add(who, {
        content: 'a content word',
        context: 'contextual hint',
        keywords: ['keyworded'],
        tags: ['taggedly'],
      });
      expect(await search(who, query)).not.toEqual([]);
    },
  );

  test('only notes that carry all wanted tags are found', async () => {
    const who = caller('tagger');
    const both = await add(who, { content: 'likes tea', tags: ['person', 'drink'] });
    await add(who, { content: 'likes tea and coffee', tags: ['person'] });
    expect((await search(who, 'tea', { tags: ['drink', 'person'] })).map(({ id }) => id)).toEqual([both]);
    expect(await search(who, 'tea', { tags: ['none'] })).toEqual([]);
  });

  test.each([
    ['another agent', caller('stranger')],
    ['another user', caller('owner', 'bob')],
    ['another tenant', caller('owner', 'anna', 'other')],
    ['the user outside any process', caller(undefined)],
    ['an agent whose name begins with the owner’s', caller('owner/helper')],
  ])('%s sees nothing of it', async (_who, other) => {
    await add(caller('owner'), { content: 'the secret of the pyramid' });
    expect(await search(other, 'secret pyramid')).toEqual([]);
  });

  test('a long note counts once, and the limit counts notes', async () => {
    const who = caller('writer');
    const long = Array.from({ length: 50 }, (_, index) => `Paragraph ${index} tells of whales.\n\n`).join(
      'x'.repeat(200),
    );
    await add(who, { content: long });
    await add(who, { content: 'whales, too' });
    expect(await search(who, 'whales', { limit: 2 })).toHaveLength(2);
    expect(await search(who, 'whales', { limit: 1 })).toHaveLength(1);
  });

  test.each([{ content: 'a\0b' }, { tags: ['\0'] }])('a NUL in %j is refused', async (note) => {
    await expect(add(caller('writer'), note)).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('whatever is remembered, nothing throws, and it is found by its own words', async () => {
    const who = caller('fuzzer');
    const content = fc
      .string({ minLength: 1, maxLength: 200, unit: 'grapheme' })
      .filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(content, fc.stringMatching(/^[a-z]{12}$/), async (text, word) => {
        const id = await add(who, { content: `${text} ${word}` });
        expect((await search(who, word, { limit: 100 })).map((note) => note.id)).toContain(id);
      }),
      { numRuns: 30 },
    );
  });
});
