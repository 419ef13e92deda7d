import { expect, test } from 'vitest';
import { claim, createScheduler } from './scheduler.fixture.ts';
import type { Scheduler } from './scheduler.ts';
import type { Slot } from './slot.ts';

type Setup = ReturnType<typeof createScheduler>;

const settled = async () => {
  for (let turn = 0; turn < 4; turn += 1) await undefined;
};

/** A generation that writes so many tokens, stops when it is told to yield, queues again and goes on. */
class FakeGeneration {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #log: string[];
  #left: number;
  #written = 0;
  #slot: Slot | undefined;

  constructor(name: string, tokens: number, scheduler: Scheduler, log: string[]) {
    this.name = name;
    this.#left = tokens;
    this.#scheduler = scheduler;
    this.#log = log;
    this.#ask();
  }

  /** Writes a token if it has a slot. */
  step(): void {
    if (this.#slot === undefined) return;
    this.#left -= 1;
    this.#written += 1;
    this.#log.push(this.name);
    this.#slot.progress({ inputTokens: 0, outputTokens: this.#written });
    if (this.#left === 0) this.#leave();
  }

  #ask(): void {
    void Promise.resolve(this.#scheduler.acquire('core', claim({ call: this.name }))).then((slot) => {
      this.#slot = slot;
      this.#written = 0;
      slot.onYield(() => {
        const isDone = this.#left === 0;
        this.#leave();
        if (!isDone) this.#ask();
      });
    });
  }

  #leave(): void {
    const slot = this.#slot;
    this.#slot = undefined;
    slot?.release();
  }
}

async function generate(setup: Setup, sizes: Record<string, number>): Promise<string> {
  const log: string[] = [];
  const generations: FakeGeneration[] = [];
  for (const [name, tokens] of Object.entries(sizes)) {
    generations.push(new FakeGeneration(name, tokens, setup.scheduler, log));
    await settled();
  }
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  for (let tick = 0; tick < 10 * total && log.length < total; tick += 1) {
    for (const generation of generations) generation.step();
    setup.clock.advance(10);
    await settled();
  }
  expect(setup.scheduler.load('core')).toMatchObject({ running: 0, queued: 0 });
  return log.join('');
}

test('a generation that used up its tokens leaves its slot to others and goes on at the end of the queue', async () => {
  const setup = createScheduler(1, { policy: 'round_robin', sliceOutputTokens: 2 });
  expect(await generate(setup, { a: 5, b: 3, c: 1 })).toBe('aabbcaaba');
});

test('a slice in milliseconds ends by the clock', async () => {
  const setup = createScheduler(1, { policy: 'round_robin', sliceMs: 30 });
  expect(await generate(setup, { a: 7, b: 4 })).toBe('aaabbbaaaba');
});

test('who waits for nobody is not told to yield', async () => {
  const setup = createScheduler(1, { policy: 'round_robin', sliceOutputTokens: 2, sliceMs: 20 });
  const slot = await setup.scheduler.acquire('core', claim());
  slot.progress({ inputTokens: 0, outputTokens: 50 });
  setup.clock.advance(1000);
  expect(slot.mustYield).toBe(false);
  void setup.scheduler.acquire('core', claim());
  expect(slot.mustYield).toBe(true);
});

test('as many slots are told to yield as calls wait, the longest held first, each once', async () => {
  const { scheduler, clock } = createScheduler(3, { policy: 'round_robin', sliceMs: 100 });
  const told: number[] = [];
  for (const number of [1, 2, 3]) {
    (await scheduler.acquire('core', claim())).onYield(() => told.push(number));
    clock.advance(10);
  }
  clock.advance(200);
  void scheduler.acquire('core', claim());
  clock.advance(500);
  expect(told).toEqual([1]);
  void scheduler.acquire('core', claim());
  expect(told).toEqual([1, 2]);
});

test('who says that it runs to its end is passed over, and another one is told instead', async () => {
  const { scheduler, clock } = createScheduler(2, { policy: 'round_robin', sliceMs: 100 });
  const told: number[] = [];
  const slots = [];
  for (const number of [1, 2]) {
    const slot = await scheduler.acquire('core', claim());
    slot.onYield(() => told.push(number));
    slots.push(slot);
  }
  void scheduler.acquire('core', claim());
  clock.advance(150);
  expect(told).toEqual([1]);
  slots[0]?.runToEnd('it thinks');
  expect(told).toEqual([1, 2]);
  expect(scheduler.explain('core', 5)[0]?.holders.map(({ runsToEnd }) => runsToEnd)).toEqual([
    'it thinks',
    undefined,
  ]);
});

test('under another policy nobody is told to yield', async () => {
  const { scheduler, clock } = createScheduler(1, { policy: 'fair', sliceOutputTokens: 1, sliceMs: 1 });
  const slot = await scheduler.acquire('core', claim());
  void scheduler.acquire('core', claim());
  slot.progress({ inputTokens: 0, outputTokens: 50 });
  clock.advance(1000);
  expect(slot.mustYield).toBe(false);
});
