import type { EffectState } from '@aios/protocol';

/**
 * The life of an effect: from each state, the states that may follow. `unknown` is left by a probe or a person, or by a
 * repeat where that does no more. What happened can be undone.
 */
export const effectTransitions: Readonly<Record<EffectState, readonly EffectState[]>> = {
  planned: ['dispatched', 'failed'],
  dispatched: ['committed', 'failed', 'unknown'],
  committed: ['compensated'],
  failed: [],
  unknown: ['reconciled', 'compensated', 'dispatched'],
  reconciled: ['compensated'],
  compensated: [],
};

/** The states that a state can come from. */
export function statesBefore(state: EffectState): EffectState[] {
  return (Object.keys(effectTransitions) as EffectState[]).filter((from) =>
    effectTransitions[from].includes(state),
  );
}
