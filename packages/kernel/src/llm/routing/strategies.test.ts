import type { ChatMessage } from '@aios/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Core } from '../core.ts';
import { SimulatedClock } from '../simulated-clock.fixture.ts';
import { testCores } from './core.fixture.ts';
import { orderCores } from './order-cores.ts';
import { createStrategy } from './strategies.ts';

const cost = { inputTokens: 100, outputTokens: 100 };
const idle = () => ({ running: 0, queued: 0 });
const nameOf = ({ settings }: Core) => settings.name;

function replicas(count: number, clock = new SimulatedClock(), more: object = {}): Core[] {
  const models = Array.from({ length: count }, (_none, index) => ({
    name: `r${index}`,
    backend: 'vllm',
    hostname: 'http://gpu',
    concurrency: 2,
    ...more,
  }));
  return testCores({ models, breaker: { failures: 1 } }, clock);
}

function conversation(about: string, turns: number): ChatMessage[] {
  return [
    { role: 'system', content: 'You help.' },
    { role: 'user', content: about },
    ...Array.from(
      { length: turns },
      (_none, index): ChatMessage => ({ role: 'assistant', content: `${index}` }),
    ),
  ];
}

test('round_robin takes each in turn', () => {
  const strategy = createStrategy('round_robin', idle);
  const cores = replicas(3);
  const firsts = [1, 2, 3, 4].map(() => strategy.order(cores, { messages: [], cost }).map(nameOf));
  expect(firsts).toEqual([
    ['r0', 'r1', 'r2'],
    ['r1', 'r2', 'r0'],
    ['r2', 'r0', 'r1'],
    ['r0', 'r1', 'r2'],
  ]);
});

test('least_busy compares calls with the concurrency of each', () => {
  const loads: Record<string, { running: number; queued: number }> = {
    r0: { running: 2, queued: 3 },
    r1: { running: 1, queued: 0 },
    r2: { running: 2, queued: 0 },
  };
  const strategy = createStrategy('least_busy', (core) => loads[nameOf(core)] ?? idle());
  expect(strategy.order(replicas(3), { messages: [], cost }).map(nameOf)).toEqual(['r1', 'r2', 'r0']);
});

test('prefix_affinity keeps a growing conversation on one core and spreads conversations', () => {
  const strategy = createStrategy('prefix_affinity', idle);
  const cores = replicas(4);
  const firstFor = (messages: ChatMessage[]) => strategy.order(cores, { messages, cost }).map(nameOf)[0];
  const firsts = Array.from({ length: 100 }, (_none, number) => {
    const first = firstFor(conversation(`About ${number}`, 0));
    expect(firstFor(conversation(`About ${number}`, 7))).toBe(first);
    return first;
  });
  expect(new Set(firsts).size).toBe(4);
});

test('prefix_affinity: a core less moves only the conversations that it had', () => {
  const strategy = createStrategy('prefix_affinity', idle);
  const cores = replicas(5);
  fc.assert(
    fc.property(fc.string(), fc.nat(4), (about, gone) => {
      const call = { messages: conversation(about, 0), cost };
      const before = strategy.order(cores, call).map(nameOf);
      const after = strategy.order(cores.toSpliced(gone, 1), call).map(nameOf);
      expect(after).toEqual(before.filter((name) => name !== `r${gone}`));
    }),
  );
});

test('prefix_affinity leaves a core without a free slot for the next of the conversation', () => {
  let full = '';
  const strategy = createStrategy('prefix_affinity', (core) =>
    nameOf(core) === full ? { running: 2, queued: 0 } : idle(),
  );
  const cores = replicas(3);
  const call = { messages: conversation('x', 0), cost };
  const [first, second, third] = strategy.order(cores, call).map(nameOf);
  full = first ?? '';
  expect(strategy.order(cores, call).map(nameOf)).toEqual([second, third, first]);
});

test('cheapest_capable: what is local is free, what nobody knows comes last', () => {
  const price = (input: number, output: number) => ({ prices: { input, output } });
  const hosted = { backend: 'openai', api_key: 'k' };
  const models = [
    { name: 'unknown', ...hosted },
    { name: 'writes dear', ...hosted, ...price(1, 20) },
    { name: 'reads dear', ...hosted, ...price(5, 5) },
    { name: 'local', backend: 'vllm', hostname: 'http://gpu' },
  ];
  const strategy = createStrategy('cheapest_capable', idle);
  const cores = testCores({ models }, new SimulatedClock());
  const order = (inputTokens: number, outputTokens: number) =>
    strategy.order(cores, { messages: [], cost: { inputTokens, outputTokens } }).map(nameOf);
  expect(order(100, 100)).toEqual(['local', 'reads dear', 'writes dear', 'unknown']);
  expect(order(10_000, 10)).toEqual(['local', 'writes dear', 'reads dear', 'unknown']);
});

test('what fails comes last whatever the strategy says, and what would wait for its limits before it', async () => {
  const clock = new SimulatedClock();
  const cores = replicas(3, clock, { requests_per_minute: 1 });
  const [failing, limited] = cores;
  failing?.breaker.enter()?.fail();
  limited?.limits.reserve(cost, new AbortController().signal);
  const order = () =>
    orderCores(cores, createStrategy('sequential', idle), { messages: [], cost }, 1000).map(nameOf);
  expect(order()).toEqual(['r2', 'r1', 'r0']);
  await clock.advance(60_000);
  expect(order()).toEqual(['r0', 'r1', 'r2']);
});
