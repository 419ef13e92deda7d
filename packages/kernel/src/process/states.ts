import type { ProcessState } from '@aios/protocol';

/** The life cycle: from each state, the states that may follow it. */
export const transitions: Readonly<Record<ProcessState, readonly ProcessState[]>> = {
  created: ['ready', 'failed', 'killed', 'lost'],
  ready: ['running', 'failed', 'killed', 'lost'],
  running: ['waiting', 'succeeded', 'failed', 'killed', 'lost'],
  waiting: ['running', 'succeeded', 'failed', 'killed', 'lost'],
  succeeded: [],
  failed: [],
  killed: [],
  lost: [],
};

/** States that a process never leaves. */
export const finalStates = Object.entries(transitions)
  .filter(([, next]) => next.length === 0)
  .map(([state]) => state as ProcessState);

export function isFinal(state: ProcessState): boolean {
  return transitions[state].length === 0;
}
