import { type ProcessState, processState } from '@aios/protocol';
import { expect, test } from 'vitest';
import { finalStates, type Happening, isFinal, lifecycle, nextState } from './transitions.ts';

const happenings = Object.keys(lifecycle) as Happening[];

function followers(state: ProcessState): ProcessState[] {
  return happenings
    .filter((happening) => (lifecycle[happening].from as readonly string[]).includes(state))
    .map((happening) => nextState(state, happening));
}

function reachable(from: ProcessState, seen = new Set<ProcessState>()): Set<ProcessState> {
  seen.add(from);
  for (const next of followers(from)) if (!seen.has(next)) reachable(next, seen);
  return seen;
}

test('every state can be reached from created, and from every state an end can be reached', () => {
  expect([...reachable('created')].sort()).toEqual([...processState.options].sort());
  for (const state of processState.options) expect([...reachable(state)].some(isFinal)).toBe(true);
});

test('the ends are exactly the states that nothing follows', () => {
  expect(processState.options.filter((state) => followers(state).length === 0).sort()).toEqual(
    finalStates.toSorted(),
  );
});

test('what cannot happen in a state is refused, naming both', () => {
  expect(() => nextState('succeeded', 'kill')).toThrow(/succeeded cannot kill/);
  expect(() => nextState('suspended', 'succeed')).toThrow(
    expect.objectContaining({ code: 'failed_precondition' }),
  );
});
