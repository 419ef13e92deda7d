import { databaseDrivers } from '@aios/testing/databases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wallClock } from '../../clock/index.ts';
import { openDatabase } from '../../database/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { Blackboard } from './blackboard.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

describe.each(drivers)('$name', (driver) => {
  let place: Awaited<ReturnType<typeof driver.create>>;
  let blackboard: Blackboard;
  beforeAll(async () => {
    place = await driver.create();
    blackboard = new Blackboard(place.database, wallClock);
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const set = (key: string, value: number, expected?: number, tenant = 't') =>
    place.database.write((transaction) => blackboard.set(transaction, { tenant, key }, value, expected));
  const remove = (key: string, expected?: number) =>
    place.database.write((transaction) => blackboard.delete(transaction, { tenant: 't', key }, expected));
  const get = (key: string, tenant = 't') => blackboard.get({ tenant, key });

  test('what is written is read, each change is a version, and tenants see their own', async () => {
    expect(await get('a')).toEqual({ key: 'a', value: null, version: 0 });
    expect(await set('a', 1)).toEqual({ version: 1 });
    expect(await set('a', 2)).toEqual({ version: 2 });
    expect(await get('a')).toMatchObject({ value: 2, version: 2, changedAt: expect.any(String) });
    expect(await get('a', 'other')).toMatchObject({ version: 0 });
    expect(await remove('a')).toBe(true);
    expect(await remove('a')).toBe(false);
  });

  test('a version that is not there any more is refused, and said', async () => {
    await set('b', 1, 0);
    await expect(set('b', 2, 0)).rejects.toMatchObject({
      code: 'failed_precondition',
      details: { version: 1 },
    });
    await expect(set('b', 2, 5)).rejects.toMatchObject({ details: { version: 1 } });
    await expect(remove('b', 5)).rejects.toMatchObject({ code: 'failed_precondition' });
    expect(await set('b', 2, 1)).toEqual({ version: 2 });
    expect(await remove('b', 2)).toBe(true);
  });

  test('many who count at once by compare-and-set lose no count', async () => {
    const increment = async (): Promise<void> => {
      const { value, version } = await get('count');
      try {
        await set('count', Number(value ?? 0) + 1, version);
      } catch {
        await increment();
      }
    };
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await get('count')).toMatchObject({ value: 20, version: 20 });
  });
});
