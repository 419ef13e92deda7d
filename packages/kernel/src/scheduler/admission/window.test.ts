import { expect, test } from 'vitest';
import { claim, core, createScheduler, type ManualClock } from '../scheduler.fixture.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Slot } from '../slot.ts';

/** Programs that make a call, wait for their tools, and make the next. */
class Programs {
  readonly scheduler: Scheduler;
  readonly clock: ManualClock;
  readonly running = new Map<string, Slot>();
  readonly order: string[] = [];

  constructor(options: Parameters<typeof createScheduler>[1] = {}, slots = 10) {
    const { scheduler, clock } = createScheduler(slots, { window: { isOn: true }, ...options });
    this.scheduler = scheduler;
    this.clock = clock;
  }

  get gauge() {
    const gauge = this.scheduler.gauge('core');
    if (gauge === undefined) throw new Error('There is no queue.');
    return gauge;
  }

  get window() {
    return this.scheduler.explain('core', 100)[0]?.window;
  }

  async ask(...names: string[]): Promise<void> {
    for (const program of names) {
      const granted = this.scheduler.acquire('core', claim({ program }));
      const take = (slot: Slot) => {
        this.running.set(program, slot);
        this.order.push(program);
      };
      if (granted instanceof Promise) void granted.then(take);
      else take(granted);
    }
    await this.settled();
  }

  async end(...names: string[]): Promise<void> {
    for (const name of names) {
      const slot = this.running.get(name);
      if (slot === undefined) throw new Error(`${name} does not run.`);
      this.running.delete(name);
      slot.release({ inputTokens: 1000, outputTokens: 100 });
    }
    await this.settled();
  }

  async settled(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await undefined;
  }
}

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

test('without a sign of too many programs nothing is held back', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  expect([...programs.running.keys()]).toEqual(names);
  expect(programs.window).toBeUndefined();
});

test('refusals let a quarter fewer programs in; those in it go on, the others wait outside and say why', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  programs.gauge.congested('refusals', 'Too many requests');
  expect(programs.window).toMatchObject({ limit: 6, programs: 8, outside: 0, cause: 'refusals' });
  await programs.end('a', 'b', 'c');
  await programs.ask('a', 'i');
  // Five run, so one more has a place.
  expect([...programs.running.keys()]).toEqual(['d', 'e', 'f', 'g', 'h', 'a']);
  const { waiters, window } = programs.scheduler.explain('core', 10)[0] ?? {};
  expect(window).toMatchObject({ limit: 6, programs: 6, outside: 1, reason: 'Too many requests' });
  expect(waiters?.[0]?.reason).toContain('outside of the window of 6 programs');
});

test('a program in a tool call gives up its place where calls were refused', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  programs.gauge.congested('refusals', 'Too many requests');
  await programs.ask('i');
  expect(programs.running.has('i')).toBe(false);
  await programs.end('a', 'b', 'c');
  expect(programs.running.has('i')).toBe(true);
});

test('one decrease a round: the calls that were let in before say nothing new', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  programs.gauge.congested('refusals', '');
  programs.gauge.congested('refusals', '');
  expect(programs.window?.limit).toBe(6);
  programs.clock.advance(500);
  programs.gauge.congested('refusals', '');
  expect(programs.window?.limit).toBe(4);
});

test('a round of answers lets one program more in; a bound that nobody needed for a minute is lifted', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  programs.gauge.congested('refusals', '');
  programs.clock.advance(500);
  await programs.ask('i');
  for (let answer = 0; answer < 7; answer += 1) programs.gauge.answered();
  expect(programs.window?.limit).toBe(7);
  await programs.end('a', 'b', 'c');
  expect(programs.window?.outside).toBe(0);
  programs.clock.advance(60_001);
  programs.gauge.answered();
  expect(programs.window).toBeUndefined();
});

test('where memory is short, a program keeps its place while it waits for its tools, and loses it before those that run', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  await programs.end('a', 'b');
  programs.gauge.congested('kv', 'contexts do not fit', 6);
  // Of eight contexts six may stay: the two that wait for tools go first.
  expect(programs.window).toMatchObject({ limit: 6, programs: 6, idle: 0 });
  await programs.end('c');
  await programs.ask('i');
  expect(programs.window).toMatchObject({ programs: 6, idle: 1, outside: 1 });
  await programs.ask('c');
  expect(programs.running.has('c')).toBe(true);
  expect(programs.running.has('i')).toBe(false);
});

test('a place is kept for as long as tools usually take, and then given on without any call', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  for (let round = 0; round < 3; round += 1) {
    await programs.end(...names);
    programs.clock.advance(1000);
    await programs.ask(...names);
  }
  programs.gauge.congested('kv', '', 6);
  await programs.end('a', 'b', 'c');
  await programs.ask('i');
  expect(programs.running.has('i')).toBe(false);
  programs.clock.advance(3000);
  await programs.settled();
  expect(programs.running.has('i')).toBe(false);
  programs.clock.advance(1001);
  await programs.settled();
  expect(programs.running.has('i')).toBe(true);
});

test('memory that is known to hold more bounds the decrease', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  programs.gauge.congested('kv', '', 7);
  expect(programs.window?.limit).toBe(7);
});

test('no program waits outside for good: whoever ends a call gives its place to one that waited half a minute', async () => {
  const programs = new Programs();
  await programs.ask('a', 'b', 'c', 'd');
  programs.gauge.congested('kv', '', 3);
  await programs.end('d');
  await programs.ask('x');
  const startedAt = programs.clock.now();
  for (let call = 0; !programs.order.includes('x'); call += 1) {
    const name = names[call % 3] ?? 'a';
    await programs.end(name);
    programs.clock.advance(100);
    await programs.ask(name);
    programs.clock.advance(5000);
  }
  expect(programs.clock.now() - startedAt).toBeGreaterThan(30_000);
  expect(programs.clock.now() - startedAt).toBeLessThan(40_000);
});

test('an ended program leaves its place at once', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  programs.gauge.congested('kv', '', 6);
  await programs.end('a', 'b', 'c');
  await programs.ask('i');
  expect(programs.running.has('i')).toBe(false);
  programs.scheduler.endProgram('c');
  await programs.settled();
  expect(programs.running.has('i')).toBe(true);
});

test('those outside come in by the policy of the queue, also after it was changed', async () => {
  const programs = new Programs({ policy: 'fifo' });
  await programs.ask(...names);
  programs.gauge.congested('refusals', '');
  const order: string[] = [];
  for (const [program, priority] of [
    ['low', 0],
    ['high', 5],
    ['middle', 2],
  ] as const) {
    void Promise.resolve(programs.scheduler.acquire('core', claim({ program, priority }))).then(() =>
      order.push(program),
    );
  }
  programs.scheduler.configure([
    { queue: 'core', resource: 'core', slots: 10, policy: 'priority', window: { isOn: true } },
  ]);
  await programs.end(...names);
  expect(order).toEqual(['high', 'middle', 'low']);
});

test('above the target latency fewer programs are let in, where one is set', async () => {
  const programs = new Programs({ window: { isOn: true, targetMs: 1000 } });
  await programs.ask(...names);
  programs.clock.advance(900);
  await programs.end('a');
  expect(programs.window).toBeUndefined();
  await programs.ask('a');
  programs.clock.advance(1200);
  await programs.end('b', 'c', 'd');
  expect(programs.window).toMatchObject({
    cause: 'latency',
    reason: expect.stringContaining('over the target of 1000 ms'),
  });
});

test('calls wait where those that run fill the memory of the resource; one may always run', async () => {
  // Each is estimated at 20 tokens.
  const programs = new Programs({ window: { isOn: true, space: 50 } });
  await programs.ask('a', 'b', 'c', 'd');
  expect([...programs.running.keys()]).toEqual(['a', 'b', 'c']);
  expect(programs.scheduler.explain('core', 1)[0]?.memory).toEqual({ space: 50, taken: 60 });
  await programs.end('a');
  expect(programs.running.has('d')).toBe(true);
  programs.gauge.setSpace(1);
  await programs.end('b', 'c', 'd');
  await programs.ask('e', 'f');
  expect([...programs.running.keys()]).toEqual(['e']);
});

test('what may not be bounded is not, and a bound is lifted at once when it may be no more', async () => {
  const programs = new Programs();
  await programs.ask(...names);
  programs.gauge.congested('refusals', '');
  await programs.ask('i');
  expect(programs.running.has('i')).toBe(false);
  programs.scheduler.configure([core(10, 'fifo', { isOn: false })]);
  await programs.settled();
  expect(programs.running.has('i')).toBe(true);
  programs.gauge.congested('refusals', '');
  programs.gauge.setSpace(1);
  expect(programs.window).toBeUndefined();
});
