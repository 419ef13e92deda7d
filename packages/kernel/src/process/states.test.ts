import { processState } from '@aios/protocol';
import { expect, test } from 'vitest';
import { finalStates, isFinal, transitions } from './states.ts';

test('every state can be reached from created, and from every state an end can be reached', () => {
  const reachable = (from: string, seen = new Set<string>()): Set<string> => {
    seen.add(from);
    for (const next of transitions[processState.parse(from)]) if (!seen.has(next)) reachable(next, seen);
    return seen;
  };
  expect([...reachable('created')].sort()).toEqual([...processState.options].sort());
  for (const state of processState.options) {
    expect([...reachable(state)].some((end) => isFinal(processState.parse(end)))).toBe(true);
  }
});

test('the ends are ends', () => {
  expect(finalStates.toSorted()).toEqual(['failed', 'killed', 'lost', 'succeeded']);
});
