// The ledger of effects on the outside world and the system calls on it. An effect is planned, dispatched and settled by the
// journal’s records, in whose transactions its row changes.

export { effectHandlers, findEffect } from './effect-handlers.ts';
export { EffectLedger, outcomeUnknown } from './effect-ledger.ts';
export type { EffectRow } from './effect-row.ts';
export { stateAfter, toResult } from './outcome.ts';
