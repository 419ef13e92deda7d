import { type KernelEvent, pid } from '@aios/protocol';
import { beforeEach, expect, test, vi } from 'vitest';
import { SimulatedClock } from '../../llm/simulated-clock.fixture.ts';
import { EventBus } from '../../telemetry/index.ts';
import { policyThat } from '../policy.fixture.ts';
import { BudgetLedger } from './budget-ledger.ts';
import {
  ask,
  callOf,
  codeOf,
  open,
  person,
  processOf,
  reserveNow,
  rulesOf,
  signal,
} from './ledger.fixture.ts';

let clock: SimulatedClock;
let events: EventBus;
let published: KernelEvent[];

beforeEach(() => {
  clock = new SimulatedClock();
  events = new EventBus();
  published = [];
  events.subscribe((event) => published.push(event));
});

const ledgerWith = (quotas: Record<string, unknown> = {}) =>
  new BudgetLedger({ rules: rulesOf(quotas), events, clock });

const spend = (ledger: BudgetLedger, caller = person, tokens = 1, usd = 0) =>
  reserveNow(ledger, caller, ask(tokens, usd)).settle({ tokens, usd });

const isHeld = async (waiting: unknown) => {
  const outcome = await Promise.race([waiting, new Promise((resolve) => setImmediate(resolve, 'held'))]);
  return outcome === 'held';
};

test('who has no quota and is no process is not counted at all', () => {
  expect(ledgerWith().reserve(person, ask(10), signal)).toBeUndefined();
});

test('a child draws on the budget of its parent, in tokens and in money', () => {
  const ledger = ledgerWith();
  const parent = open(ledger, 1, { tokens: 100, usd: 1 });
  const child = open(ledger, 2, {}, { parent: 1 });
  reserveNow(ledger, child, ask(60, 0.6)).settle({ tokens: 50, usd: 0.5 });
  expect(ledger.used(pid.parse(1))).toEqual({ calls: 1, tokens: 50, usd: 0.5 });
  expect(codeOf(() => ledger.reserve(child, ask(51), signal))).toBe('quota_exceeded');
  expect(codeOf(() => ledger.reserve(child, ask(1, 0.500001), signal))).toBe('quota_exceeded');
  expect(codeOf(() => ledger.reserve(parent, ask(50, 0.5), signal))).toBeUndefined();
});

test('what is reserved counts until it is settled, and unreported usage counts as reserved', () => {
  const ledger = ledgerWith();
  const caller = open(ledger, 1, { tokens: 100, usd: 1 });
  const first = reserveNow(ledger, caller, ask(80, 0.8));
  expect(codeOf(() => ledger.reserve(caller, ask(30), signal))).toBe('quota_exceeded');
  first.settle({ tokens: 10, usd: 0.1 });
  reserveNow(ledger, caller, ask(30, 0.3)).settle(undefined);
  expect(ledger.used(pid.parse(1))).toEqual({ calls: 2, tokens: 40, usd: 0.4 });
  expect(() => first.settle({ tokens: 1, usd: 0 })).toThrow(/twice/);
});

test('a refused reservation holds nothing in any scope', () => {
  const ledger = ledgerWith({ users: { u: { tokens: 50 } }, tenants: { t: { usd: 1 } } });
  open(ledger, 1, { calls: 1 });
  const child = open(ledger, 2, { calls: 5 }, { parent: 1 });
  spend(ledger, child, 10, 0.1);
  expect(codeOf(() => ledger.reserve(child, ask(10, 0.1), signal))).toBe('quota_exceeded');
  expect(ledger.used(pid.parse(2))).toEqual({ calls: 1, tokens: 10, usd: 0.1 });
  expect(ledger.list(person).map(({ scope, used, reserved }) => [scope, used, reserved])).toEqual([
    ['process', 1, 0],
    ['process', 1, 0],
    ['user', 10, 0],
    ['tenant', 0.1, 0],
  ]);
});

test('a child that outlives its parent still counts for its grandparent', () => {
  const ledger = ledgerWith();
  open(ledger, 1, {});
  open(ledger, 2, {}, { parent: 1 });
  const grandchild = open(ledger, 3, {}, { parent: 2 });
  ledger.close(pid.parse(2), { isOver: true });
  spend(ledger, grandchild, 5);
  expect(ledger.used(pid.parse(1))).toEqual({ calls: 1, tokens: 5, usd: 0 });
});

test('an agent is charged for what its processes start', () => {
  const ledger = ledgerWith({ agents: { 'team/*': { tokens: 10 } } });
  open(ledger, 1, {}, { agent: 'team/boss' });
  const helper = open(ledger, 2, {}, { parent: 1, agent: 'helper' });
  spend(ledger, helper, 8);
  expect(codeOf(() => ledger.reserve(helper, ask(3), signal))).toBe('quota_exceeded');
  expect(ledger.list(helper)).toMatchObject([{ scope: 'agent', name: 'team/boss', used: 8, limit: 10 }]);
});

test('a budget that came with the caller is one more scope', () => {
  const ledger = ledgerWith();
  const byKey = { ...person, budgets: [{ scope: 'key' as const, name: 'k1', budget: { calls: 1 } }] };
  spend(ledger, byKey);
  expect(codeOf(() => ledger.reserve(byKey, ask(1), signal))).toBe('quota_exceeded');
  expect(() => ledger.reserve(byKey, ask(1), signal)).toThrow(/budget of key "k1".*Make a key with a larger/);
  expect(ledger.list(byKey)).toMatchObject([{ scope: 'key', name: 'k1', used: 1, limit: 1 }]);
});

test('a model without a known price is not asked where money is bounded', () => {
  const ledger = ledgerWith({ users: { u: { per_day: { usd: 1 } } } });
  const unpriced = callOf({ reserveTokens: 5, model: 'mystery' });
  expect(() => ledger.reserve(person, unpriced, signal)).toThrow(/"mystery" has no known price/);
  expect(codeOf(() => ledger.reserve(person, callOf({}), signal))).toBeUndefined();
});

test('a day is over at midnight UTC; what is under way goes along', () => {
  const ledger = ledgerWith({ users: { u: { per_day: { tokens: 100 } } } });
  spend(ledger, person, 70);
  const open = reserveNow(ledger, person, ask(30));
  expect(codeOf(() => ledger.reserve(person, ask(1), signal))).toBe('quota_exceeded');
  return clock.advance(86_400_000).then(() => {
    expect(codeOf(() => ledger.reserve(person, ask(71), signal))).toBe('quota_exceeded');
    reserveNow(ledger, person, ask(70));
    open.settle({ tokens: 30, usd: 0 });
    expect(ledger.list(person)).toMatchObject([{ used: 30, reserved: 70, limit: 100 }]);
  });
});

test('a clock that goes back gives nothing anew, and the day still ends', () => {
  const dayMs = 86_400_000;
  let now = 10.5 * dayMs;
  const jumping = { now: () => now, after: () => () => undefined };
  const rules = rulesOf({ users: { u: { per_day: { tokens: 100 } } } });
  const ledger = new BudgetLedger({ rules, events, clock: jumping });
  spend(ledger, person, 60);
  now -= 3 * dayMs;
  expect(codeOf(() => ledger.reserve(person, ask(41), signal))).toBe('quota_exceeded');
  spend(ledger, person, 40);
  now += dayMs;
  spend(ledger, person, 100);
  now += 400 * dayMs;
  spend(ledger, person, 100);
  now -= 400 * dayMs;
  expect(codeOf(() => ledger.reserve(person, ask(1), signal))).toBe('quota_exceeded');
  now += dayMs;
  spend(ledger, person, 100);
});

test('a call beyond a limit per minute waits for the next minute; one that waits too long is told when to come back', async () => {
  const ledger = ledgerWith({ users: { u: { per_minute: { calls: 1 } } } });
  spend(ledger);
  const waiting = ledger.reserve(person, ask(1), signal);
  expect(await isHeld(waiting)).toBe(true);
  await clock.advance(60_000);
  (await waiting)?.settle(undefined);
  ledger.configure(rulesOf({ users: { u: { per_minute: { calls: 1 } } }, max_wait_ms: 1000 }));
  expect(() => ledger.reserve(person, ask(1), signal)).toThrow(
    expect.objectContaining({
      code: 'rate_limited',
      disposition: 'wait',
      details: expect.objectContaining({ retryAfterMs: expect.any(Number) }),
    }),
  );
});

test('model calls wait for each other in their order; other calls do not', async () => {
  const ledger = ledgerWith({ users: { u: { concurrency: 1 } } });
  const first = reserveNow(ledger, person, ask(1));
  const order: number[] = [];
  const waiting = [1, 2].map(async (number) => {
    const reservation = await ledger.reserve(person, ask(1), signal);
    order.push(number);
    reservation?.settle(undefined);
  });
  reserveNow(ledger, person, callOf({})).settle(undefined);
  expect(order).toEqual([]);
  first.settle(undefined);
  await Promise.all(waiting);
  expect(order).toEqual([1, 2]);
  expect(ledger.list(person)).toMatchObject([{ dimension: 'concurrency', used: 0, limit: 1, waiting: 0 }]);
});

test('a wait for a slot that takes too long fails as transient, and lets the next one through', async () => {
  const ledger = ledgerWith({ users: { u: { concurrency: 1 } }, max_wait_ms: 500 });
  const first = reserveNow(ledger, person, ask(1));
  const late = Promise.resolve(ledger.reserve(person, ask(1), signal));
  late.catch(() => undefined);
  await clock.advance(500);
  await expect(late).rejects.toMatchObject({ code: 'rate_limited' });
  const next = ledger.reserve(person, ask(1), signal);
  first.settle(undefined);
  (await next)?.settle(undefined);
});

test('a call that waits can be cancelled, and then holds nothing', async () => {
  const ledger = ledgerWith({ users: { u: { concurrency: 1 } } });
  const first = reserveNow(ledger, person, ask(1));
  const controller = new AbortController();
  const waiting = Promise.resolve(ledger.reserve(person, ask(1), controller.signal));
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  first.settle(undefined);
  reserveNow(ledger, person, ask(1)).settle(undefined);
  expect(clock.pending).toBe(0);
});

test('pause holds the call until the day is over, and shows it', async () => {
  const ledger = ledgerWith({ agents: { a: { per_day: { tokens: 10 }, at_limit: 'pause' } } });
  const shown = { [Symbol.dispose]: vi.fn() };
  const hold = vi.fn(() => shown);
  ledger.actWith({ hold, end: vi.fn() });
  const caller = open(ledger, 1, {});
  spend(ledger, caller, 10);
  const waiting = ledger.reserve(caller, ask(5), signal);
  expect(await isHeld(waiting)).toBe(true);
  expect(hold).toHaveBeenCalledWith(1, expect.stringContaining('quota per day of agent "a"'));
  await clock.advance(86_400_000);
  (await waiting)?.settle(undefined);
  expect(shown[Symbol.dispose]).toHaveBeenCalledOnce();
  expect(published).toMatchObject([
    {
      type: 'quota-warning',
      scope: 'agent',
      dimension: 'tokens',
      window: 'day',
      used: 10,
      limit: 10,
      pid: 1,
    },
    { type: 'quota-exceeded', scope: 'agent', atLimit: 'pause', pid: 1 },
  ]);
});

test('a raised quota lets held calls go on at once, and forgets nothing', async () => {
  const paused = (tokens: number) => rulesOf({ agents: { a: { tokens, at_limit: 'pause' } } });
  const ledger = new BudgetLedger({ rules: paused(10), events, clock });
  const caller = open(ledger, 1, {});
  spend(ledger, caller, 10);
  const waiting = ledger.reserve(caller, ask(5), signal);
  ledger.configure(paused(12));
  expect(await isHeld(waiting)).toBe(true);
  ledger.configure(paused(15));
  (await waiting)?.settle(undefined);
  expect(ledger.list(person)).toMatchObject([{ scope: 'agent', used: 15, limit: 15 }]);
  ledger.configure(rulesOf({}));
  ledger.configure(paused(100));
  expect(ledger.list(person)).toMatchObject([{ scope: 'agent', used: 15, limit: 100 }]);
});

test('kill ends the process whose budget it is, or the one that calls', () => {
  const ledger = ledgerWith({ agents: { b: { calls: 1, at_limit: 'kill' } } });
  const end = vi.fn();
  ledger.actWith({ end, hold: () => undefined });
  open(ledger, 1, { tokens: 10, atLimit: 'kill' });
  const child = open(ledger, 2, {}, { parent: 1 });
  spend(ledger, child, 9);
  expect(codeOf(() => ledger.reserve(child, ask(5), signal))).toBe('quota_exceeded');
  const other = open(ledger, 3, {}, { agent: 'b' });
  spend(ledger, other);
  expect(codeOf(() => ledger.reserve(other, ask(1), signal))).toBe('quota_exceeded');
  expect(end.mock.calls.map(([ended, error]) => [ended, error.code])).toEqual([
    [1, 'quota_exceeded'],
    [3, 'quota_exceeded'],
  ]);
});

test('a cheaper model is asked at the limit and does not count for it; who may not ask it is refused', async () => {
  const ledger = ledgerWith({
    users: { u: { tokens: 10, at_limit: 'cheaper_model', cheaper_model: 'small' } },
  });
  const dear = callOf({ reserveTokens: 8, reserveUsd: 1, model: 'large' }, ({ model }) => ask(8, 0, model));
  reserveNow(ledger, person, dear).settle(undefined);
  const reservation = await ledger.reserve(person, dear, signal);
  expect(reservation?.instead).toMatchObject({ model: 'small' });
  reservation?.settle({ tokens: 8, usd: 0 });
  expect(ledger.list(person)).toMatchObject([{ used: 8, reserved: 0, limit: 10 }]);
  const narrow = { ...person, policy: policyThat(() => false) };
  expect(codeOf(() => ledger.reserve(narrow, dear, signal))).toBe('quota_exceeded');
});

test('a warning comes once per window and bound', async () => {
  const ledger = ledgerWith({ users: { u: { per_day: { tokens: 100 } } } });
  for (const tokens of [70, 10, 10]) spend(ledger, person, tokens);
  expect(published.map(({ type }) => type)).toEqual(['quota-warning']);
  await clock.advance(86_400_000);
  spend(ledger, person, 80);
  expect(published).toHaveLength(2);
});

test('a process is warned of and ended at its wall time, whichever scope bounds it most', async () => {
  const ledger = ledgerWith({ defaults: { agent: { seconds: 10 } } });
  const end = vi.fn();
  ledger.actWith({ end, hold: () => undefined });
  const caller = open(ledger, 1, { seconds: 100 });
  ledger.started(caller, clock.now() - 1000);
  await clock.advance(7000);
  expect(published).toMatchObject([{ type: 'quota-warning', dimension: 'seconds', used: 8, limit: 10 }]);
  expect(end).not.toHaveBeenCalled();
  await clock.advance(2000);
  expect(end).toHaveBeenCalledWith(
    1,
    expect.objectContaining({ message: expect.stringContaining('10 seconds') }),
  );
  ledger.close(pid.parse(1), { isOver: true });
  expect(clock.pending).toBe(0);
});

test('the wall time of a process that waits without its code counts on where it is bounded, else from when it goes on', async () => {
  const ledger = ledgerWith({});
  const end = vi.fn();
  ledger.actWith({ end, hold: () => undefined });
  const bounded = open(ledger, 1, { seconds: 10 });
  const free = open(ledger, 2, {});
  const startedAt = clock.now();
  for (const caller of [bounded, free]) ledger.started(caller, startedAt);
  for (const number of [1, 2]) ledger.rest(pid.parse(number));
  await clock.advance(11_000);
  expect(end.mock.calls.map(([ended]) => ended)).toEqual([1]);
  ledger.close(pid.parse(1), { isOver: true });
  ledger.rebind(pid.parse(2), { seconds: 5 });
  expect(end).toHaveBeenCalledTimes(1);
  ledger.started(free, startedAt);
  expect(end.mock.calls.map(([ended]) => ended)).toEqual([1, 2]);
});

test('what the journal answers counts for the process and for no quota', () => {
  const ledger = ledgerWith({ users: { u: { tokens: 10 } } });
  open(ledger, 1, { tokens: 5 });
  ledger.replayed(pid.parse(1), { calls: 1, tokens: 50, usd: 0.5 });
  expect(ledger.used(pid.parse(1))).toEqual({ calls: 1, tokens: 50, usd: 0.5 });
  reserveNow(ledger, processOf(1), ask(5));
});
