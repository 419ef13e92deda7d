import { effectState } from '@aios/protocol';
import { expect, test } from 'vitest';
import { effectTransitions, statesBefore } from './transitions.ts';

test('an effect is planned first, and dispatched before it is anything else', () => {
  expect(statesBefore('planned')).toEqual([]);
  expect(statesBefore('committed')).toEqual(['dispatched']);
  expect(statesBefore('unknown')).toEqual(['dispatched']);
  expect(statesBefore('reconciled')).toEqual(['unknown']);
});

test('every state can be reached, and what failed or was undone stays so', () => {
  const reached = new Set(Object.values(effectTransitions).flat());
  expect(effectState.options.filter((state) => state !== 'planned' && !reached.has(state))).toEqual([]);
  expect(effectTransitions.failed).toEqual([]);
  expect(effectTransitions.compensated).toEqual([]);
});
