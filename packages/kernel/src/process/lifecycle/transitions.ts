import { AiosError, type ProcessState } from '@aios/protocol';

interface Transition {
  readonly from: readonly ProcessState[];
  readonly to: ProcessState;
}

/** The life cycle: what can happen to a process, in which states it can, and the state that follows. */
export const lifecycle = {
  admit: { from: ['created'], to: 'ready' },
  start: { from: ['ready'], to: 'running' },
  wait: { from: ['running'], to: 'waiting' },
  wake: { from: ['waiting'], to: 'running' },
  /** Its code, which was dropped while it waited, is to run again. */
  restore: { from: ['waiting'], to: 'ready' },
  suspend: { from: ['ready', 'running', 'waiting'], to: 'suspended' },
  resume: { from: ['suspended'], to: 'ready' },
  succeed: { from: ['running', 'waiting'], to: 'succeeded' },
  fail: { from: ['created', 'ready', 'running', 'waiting'], to: 'failed' },
  kill: { from: ['created', 'ready', 'running', 'waiting', 'suspended'], to: 'killed' },
  lose: { from: ['created', 'ready', 'running', 'waiting', 'suspended'], to: 'lost' },
} as const satisfies Record<string, Transition>;

export type Happening = keyof typeof lifecycle;

/** The state that follows; throws `failed_precondition` where this cannot happen in that state. */
export function nextState(state: ProcessState, happening: Happening): ProcessState {
  const { from, to }: Transition = lifecycle[happening];
  if (from.includes(state)) return to;
  throw new AiosError(
    'failed_precondition',
    `A process that is ${state} cannot ${happening}; it would have to be ${from.join(', ')}.`,
  );
}

/** States that a process never leaves. */
export const finalStates = ['succeeded', 'failed', 'killed', 'lost'] as const satisfies ProcessState[];

export function isFinal(state: ProcessState): state is (typeof finalStates)[number] {
  return finalStates.some((final) => final === state);
}
