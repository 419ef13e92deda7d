import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turn } from './turn.ts';

/** Blocks the event loop, as the synchronous part of a call does. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('a young turn has room at once, without a promise', () => {
  const turn = new Turn();
  expect(turn.room(performance.now())).toBeUndefined();
  expect(turn.room(performance.now())).toBeUndefined();
});

test('what comes late in a long turn waits for the next one', async () => {
  const turn = new Turn();
  turn.room(performance.now());
  work(15);
  const waiting = turn.room(performance.now());
  expect(waiting).toBeInstanceOf(Promise);
  await waiting;
  await nextTurn();
  expect(turn.room(performance.now())).toBeUndefined();
});

test('others get their turns between the calls of a burst', async () => {
  const turn = new Turn();
  let othersRan = 0;
  let isOver = false;
  const others = (async () => {
    while (!isOver) {
      await nextTurn();
      othersRan += 1;
    }
  })();
  const burst = Array.from({ length: 20 }, async () => {
    const room = turn.room(performance.now());
    if (room !== undefined) await room;
    work(5);
  });
  await Promise.all(burst);
  isOver = true;
  await others;
  expect(othersRan).toBeGreaterThanOrEqual(5);
});
