import type { KernelEvent } from '@aios/protocol';
import { expect, test } from 'vitest';
import { EventBus } from './event-bus.ts';

test('a listener gets the types that it named, or all', () => {
  const bus = new EventBus();
  const all: KernelEvent[] = [];
  const some: KernelEvent[] = [];
  using _all = bus.subscribe((event) => all.push(event));
  using _some = bus.subscribe((event) => some.push(event), ['kernel-closing']);
  bus.publish({ type: 'kernel-ready', version: '1' });
  bus.publish({ type: 'kernel-closing', reason: 'test' });
  expect(all.map(({ type }) => type)).toEqual(['kernel-ready', 'kernel-closing']);
  expect(some.map(({ type }) => type)).toEqual(['kernel-closing']);
});

test('an event that nobody wanted is counted all the same', () => {
  const bus = new EventBus();
  bus.publish({ type: 'kernel-ready', version: '1' });
  const seen: KernelEvent[] = [];
  using _ = bus.subscribe((event) => seen.push(event));
  bus.publish({ type: 'kernel-closing', reason: 'test' });
  expect(seen.map(({ sequence }) => sequence)).toEqual([2]);
});

test('what is only counted is told without being made an event, and counts as one', () => {
  const bus = new EventBus();
  const counted: unknown[] = [];
  const tallying = bus.tally((body) => counted.push(body), ['kernel-ready']);
  const body = { type: 'kernel-ready', version: '1' } as const;
  bus.publish(body);
  bus.publish({ type: 'kernel-closing', reason: 'test' });
  tallying[Symbol.dispose]();
  bus.publish(body);
  expect(counted).toEqual([body]);
});
