import { permission, pid as pidSchema, type SyscallInput, syscalls, tenantId, userId } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { eventually } from '@aios/testing/eventually';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPolicy } from '../../access/index.ts';
import { openDatabase } from '../../database/index.ts';
import type { Caller } from '../../syscall/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { TestClock } from '../wait/clock.fixture.ts';
import { Timers } from '../wait/index.ts';
import { checkTiming, dueRuns, missedAfterMs, nextTime, type Timing } from './occurrences.ts';
import { ScheduleStore } from './schedule-store.ts';
import { Schedules } from './schedules.ts';

const hourMs = 3_600_000;
const utc = (timing: Partial<Timing>): Timing => ({ timezone: 'UTC', missed: 'once', ...timing });

test('cron heeds the time zone and its daylight saving time', () => {
  const nine = utc({ cron: '0 9 * * *', timezone: 'Europe/Berlin' });
  const next = (after: string) => new Date(nextTime(nine, Date.parse(after), 0) ?? 0).toISOString();
  expect(next('2026-03-27T12:00:00Z')).toBe('2026-03-28T08:00:00.000Z');
  expect(next('2026-03-28T12:00:00Z')).toBe('2026-03-29T07:00:00.000Z');
  expect(next('2026-10-24T12:00:00Z')).toBe('2026-10-25T08:00:00.000Z');
});

test('a wrong timing is refused with what is wrong', () => {
  expect(() => checkTiming(utc({}))).toThrow(/one of cron, everyMs and at/);
  expect(() => checkTiming(utc({ everyMs: 1000, at: '2999-01-01T00:00:00Z' }))).toThrow(/one of/);
  expect(() => checkTiming(utc({ cron: 'every day' }))).toThrow(/cron or timezone/);
  expect(() => checkTiming(utc({ cron: '* * * * *', timezone: 'Mars/Olympus' }))).toThrow(/timezone/);
});

test('whatever was missed: skip runs none that is late, once at most one, all each up to 100; the next is to come', () => {
  const timings = fc.record({
    everyMs: fc.integer({ min: 1000, max: 10 * hourMs }),
    missed: fc.constantFrom('skip' as const, 'once' as const, 'all' as const),
    lateMs: fc.integer({ min: 0, max: 100 * hourMs }),
  });
  fc.assert(
    fc.property(timings, ({ everyMs, missed, lateMs }) => {
      const dueAt = 1_000_000_000;
      const now = dueAt + lateMs;
      const { runs, next } = dueRuns(utc({ everyMs, missed }), dueAt, now);
      const passed = Math.floor(lateMs / everyMs) + 1;
      expect(next).toBeGreaterThan(now);
      expect(((next ?? 0) - dueAt) % everyMs).toBe(0);
      if (missed === 'all') expect(runs).toHaveLength(Math.min(passed, 100));
      if (missed === 'once') expect(runs).toHaveLength(1);
      if (missed === 'skip') expect(runs.every((time) => now - time <= missedAfterMs)).toBe(true);
      if (lateMs === 0) expect(runs).toEqual([dueAt]);
    }),
  );
});

test('missed runs of a cron are its own times', () => {
  const cron = utc({ cron: '*/15 * * * *', missed: 'all' });
  const at = (time: string) => Date.parse(`2026-05-01T${time}Z`);
  const { runs, next } = dueRuns(cron, at('10:15:00'), at('11:00:20'));
  expect(runs).toEqual([at('10:15:00'), at('10:30:00'), at('10:45:00'), at('11:00:00')]);
  expect(next).toBe(at('11:15:00'));
});

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));
const caller: Caller = {
  tenant: tenantId.parse('t'),
  user: userId.parse('u'),
  policy: createPolicy([[permission.parse('storage.read')]]),
};

describe.each(drivers)('$name', (driver) => {
  let place: Awaited<ReturnType<typeof driver.create>>;
  const clock = new TestClock();
  let started: { agent: string; input: unknown; at: number; policy: unknown }[] = [];
  let failing = '';

  beforeAll(async () => {
    place = await driver.create();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  async function open(): Promise<Schedules & AsyncDisposable> {
    const timers = new Timers(clock);
    const schedules = new Schedules({
      store: new ScheduleStore(place.database),
      clock,
      timers,
      logger,
      checkAgent: async () => undefined,
      spawn: async (by, { agent, input }, commit) => {
        if (agent === failing) throw new Error('no such agent any more');
        return await commit(async () => {
          started.push({ agent, input, at: clock.now(), policy: by.policy.layers });
          return { pid: pidSchema.parse(started.length) };
        });
      },
    });
    await schedules.open();
    return Object.assign(schedules, {
      async [Symbol.asyncDispose]() {
        await schedules.close();
        timers[Symbol.dispose]();
      },
    });
  }

  const create = (schedules: Schedules, input: object) =>
    schedules.create(
      caller,
      syscalls['schedule.create'].input.parse(input) as SyscallInput<'schedule.create'>,
      (job) => place.database.write(job),
    );
  const whenStarted = (count: number) => eventually(() => expect(started).toHaveLength(count));

  test('an interval starts its agent again and again, as its creator, until it is deleted', async () => {
    started = [];
    await using schedules = await open();
    const { id } = await create(schedules, { agent: 'clerk', input: { a: 1 }, everyMs: hourMs });
    clock.advance(hourMs);
    await whenStarted(1);
    await eventually(async () => {
      const [listed] = (await schedules.list(caller, 10)).schedules;
      expect(listed).toMatchObject({ id, lastPid: 1, nextAt: new Date(clock.now() + hourMs).toISOString() });
    });
    clock.advance(hourMs);
    await whenStarted(2);
    expect(started[0]).toMatchObject({ agent: 'clerk', input: { a: 1 }, policy: [['storage.read']] });
    await schedules.delete(caller, id, (job) => place.database.write(job));
    clock.advance(5 * hourMs);
    await schedules.close();
    expect(started).toHaveLength(2);
    await expect(
      schedules.delete({ ...caller, user: userId.parse('other') }, id, (job) => place.database.write(job)),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  test('while no kernel runs, runs are missed: one is made up for; a one-shot is started late, and once', async () => {
    started = [];
    {
      await using schedules = await open();
      await create(schedules, { agent: 'hourly', everyMs: hourMs });
      await create(schedules, { agent: 'skipping', everyMs: hourMs, missed: 'skip' });
      await create(schedules, { agent: 'all', everyMs: hourMs, missed: 'all' });
      await create(schedules, { agent: 'one-shot', at: new Date(clock.now() + hourMs).toISOString() });
    }
    clock.set(3 * hourMs + hourMs / 2);
    await using schedules = await open();
    clock.advance(1000);
    await whenStarted(5);
    expect(started.map(({ agent }) => agent).sort()).toEqual(['all', 'all', 'all', 'hourly', 'one-shot']);
    await eventually(async () => {
      const { schedules: left } = await schedules.list(caller, 10);
      expect(left.map(({ agent }) => agent).sort()).toEqual(['all', 'hourly', 'skipping']);
    });
    for (const { id } of (await schedules.list(caller, 10)).schedules) {
      await schedules.delete(caller, id, (job) => place.database.write(job));
    }
  });

  test('an agent that cannot be started is said so, and tried again at the next time', async () => {
    started = [];
    failing = 'gone';
    await using schedules = await open();
    const { id } = await create(schedules, { agent: 'gone', everyMs: hourMs });
    clock.advance(hourMs);
    await eventually(async () =>
      expect((await schedules.list(caller, 10)).schedules).toMatchObject([
        { id, lastError: 'no such agent any more' },
      ]),
    );
    failing = '';
    clock.advance(hourMs);
    await whenStarted(1);
    await schedules.delete(caller, id, (job) => place.database.write(job));
  });
});
