import { databaseDrivers } from '@aios/testing/databases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../database/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { type Part, PartStore } from './part-store.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

const holderOf = (user: string) => ({ tenant: 'default', user, holder: 'process:1' });
const part = (id: string, text = 'text', kind: Part['kind'] = 'page'): Part => ({
  kind,
  id,
  toolName: 'read',
  text,
});
const ttlMs = 1000;

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  beforeAll(async () => {
    created = await driver.create();
  });
  afterAll(() => created[Symbol.asyncDispose]());

  test('a part comes back to its holder alone, as what it is, until it expires', async () => {
    const store = new PartStore(created.database);
    const [anna, bert] = [holderOf('anna'), holderOf('bert')];
    await store.keep(anna, [part('a', 'née 🚀'), part('a', 'of it', 'summary')], { now: 1, ttlMs });
    expect(await store.find(anna, { kind: 'page', id: 'a' }, 2)).toEqual({
      toolName: 'read',
      text: 'née 🚀',
    });
    expect(await store.find(anna, { kind: 'summary', id: 'a' }, 2)).toMatchObject({ text: 'of it' });
    expect(await store.find(bert, { kind: 'page', id: 'a' }, 2)).toBeUndefined();
    expect(await store.find({ ...anna, tenant: 'other' }, { kind: 'page', id: 'a' }, 2)).toBeUndefined();
    expect(await store.find(anna, { kind: 'page', id: 'a' }, 1 + ttlMs)).toBeUndefined();
  });

  test('what is used lives on, and another run of the kernel finds it', async () => {
    const holder = holderOf('cleo');
    const store = new PartStore(created.database);
    for (const now of [1, 400, 600, 1400]) await store.keep(holder, [part('a')], { now, ttlMs });
    const again = new PartStore(await created.reopen());
    expect(await again.find(holder, { kind: 'page', id: 'a' }, 2000)).toMatchObject({ text: 'text' });
  });

  test('a sweep removes what has expired, and the oldest beyond the bound of a user; it can be kept again', async () => {
    const store = new PartStore(created.database);
    const [dan, eve] = [holderOf('dan'), holderOf('eve')];
    const start = 10_000;
    await store.keep(dan, [part('gone')], { now: start, ttlMs: 1 });
    for (const [index, id] of ['oldest', 'middle', 'newest'].entries()) {
      await store.keep(dan, [part(id, 'x'.repeat(400))], { now: start + 1 + index, ttlMs });
    }
    await store.keep(eve, [part('small')], { now: start, ttlMs });
    await store.sweep(start + 5, 1000);
    const ids = async (holder: typeof dan) => {
      const wanted = ['gone', 'oldest', 'middle', 'newest', 'small'];
      const found = await Promise.all(
        wanted.map((id) => store.find(holder, { kind: 'page', id }, start + 5)),
      );
      return wanted.filter((_, index) => found[index] !== undefined);
    };
    expect(await ids(dan)).toEqual(['middle', 'newest']);
    expect(await ids(eve)).toEqual(['small']);
    await store.keep(dan, [part('oldest', 'y')], { now: start + 5, ttlMs });
    expect(await ids(dan)).toEqual(['oldest', 'middle', 'newest']);
  });
});
