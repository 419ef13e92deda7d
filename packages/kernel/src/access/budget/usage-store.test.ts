// What was used of quotas outlives the kernel, and one that dies leaves no window under-counted.

import { type Budget, pid } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../database/index.ts';
import { SimulatedClock } from '../../llm/simulated-clock.fixture.ts';
import { createLogger, EventBus } from '../../telemetry/index.ts';
import { type BudgetLedger, openBudgetLedger } from './budget-ledger.ts';
import { ask, codeOf, open, person, rulesOf, signal } from './ledger.fixture.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

const quotas = {
  users: { u: { usd: 100, per_day: { usd: 10, tokens: 1000 }, per_minute: { calls: 100 } } },
};

const openLedger = (database: Database, clock: SimulatedClock, settings: Record<string, unknown> = quotas) =>
  openBudgetLedger({ rules: rulesOf(settings), events: new EventBus(), database, logger, clock });

const use = (ledger: BudgetLedger) =>
  Object.fromEntries(
    ledger.list(person).map(({ dimension, window, used }) => [`${dimension}/${window}`, used]),
  );

describe.each(drivers)('$name', (driver) => {
  test('a closed ledger leaves exact figures, of every window', async () => {
    await using place = await driver.create();
    const clock = new SimulatedClock();
    const before = await openLedger(place.database, clock);
    (await before.reserve(person, ask(500, 3), signal))?.settle({ tokens: 120, usd: 1.25 });
    await before[Symbol.asyncDispose]();

    await using after = await openLedger(place.database, clock);
    expect(use(after)).toEqual({
      'usd/total': 1.25,
      'usd/day': 1.25,
      'tokens/day': 120,
      'calls/minute': 1,
    });
    await clock.advance(86_400_000);
    expect(use(after)).toEqual({ 'usd/total': 1.25, 'usd/day': 0, 'tokens/day': 0, 'calls/minute': 0 });
  });

  test('after a kernel that died, what was under way counts as reserved, and at most the headroom too much', async () => {
    await using place = await driver.create();
    const clock = new SimulatedClock();
    const died = await openLedger(place.database, clock);
    for (let call = 0; call < 20; call += 1) {
      (await died.reserve(person, ask(10, 0.1), signal))?.settle({ tokens: 10, usd: 0.1 });
    }
    await died.reserve(person, ask(100, 1), signal);

    await using after = await openLedger(place.database, clock);
    const counted = use(after);
    for (const [name, really, limit, headroom] of [
      ['usd/total', 3, 100, 0.02],
      ['usd/day', 3, 10, 0.02],
      ['tokens/day', 300, 1000, 0.02],
      ['calls/minute', 21, 100, 0.25],
    ] as const) {
      expect(counted[name]).toBeGreaterThanOrEqual(really - 1e-9);
      expect(counted[name]).toBeLessThanOrEqual(really + limit * headroom + 1e-9);
    }
    expect(codeOf(() => after.reserve(person, ask(1, 7.001), signal))).toBe('quota_exceeded');
  });

  test('calls whose use is on record already are granted at once', async () => {
    await using place = await driver.create();
    await using ledger = await openLedger(place.database, new SimulatedClock());
    (await ledger.reserve(person, ask(10, 0.1), signal))?.settle({ tokens: 1, usd: 0.01 });
    const next = ledger.reserve(person, ask(10, 0.1), signal);
    expect(next).not.toBeInstanceOf(Promise);
    (await next)?.settle(undefined);
  });

  test('a durable process keeps what it used; one that ended leaves nothing on record', async () => {
    await using place = await driver.create();
    const clock = new SimulatedClock();
    const budget: Budget = { usd: 1, perDay: { tokens: 100 } };
    const before = await openLedger(place.database, clock, {});
    const caller = open(before, 1, budget, { durable: true });
    (await before.reserve(caller, ask(90, 0.9), signal))?.settle(undefined);
    before.close(pid.parse(1), { isOver: false });
    await before[Symbol.asyncDispose]();

    const after = await openLedger(place.database, clock, {});
    const resumed = open(after, 1, budget, { durable: true });
    expect(use(after)).toEqual({ 'usd/total': 0.9, 'tokens/day': 90 });
    expect(codeOf(() => after.reserve(resumed, ask(1, 0.2), signal))).toBe('quota_exceeded');
    after.close(pid.parse(1), { isOver: true });
    await after[Symbol.asyncDispose]();
    expect(await place.database.reader.selectFrom('quota_usage').selectAll().execute()).toEqual([]);
  });
});

test('a call whose reservation cannot be put on record is not made, and holds nothing', async () => {
  const [sqlite] = drivers;
  await using place = await sqlite?.create();
  if (place === undefined) throw new Error('SQLite is always there.');
  const broken: Database = {
    ...place.database,
    reader: place.database.reader,
    write: () => Promise.reject(new Error('disk full')),
  };
  const ledger = await openLedger(broken, new SimulatedClock());
  await expect(ledger.reserve(person, ask(10, 0.1), signal)).rejects.toMatchObject({ code: 'unavailable' });
  expect(ledger.list(person).map(({ used, reserved }) => used + reserved)).toEqual([0, 0, 0, 0]);
});
