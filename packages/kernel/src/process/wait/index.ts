// Waiting: durable wait sets, and the times of day that they and others wait for. Whoever has something that can be waited
// for gives a source for its kind of condition and says with `notify` when it may have come.

export { type Due, Timers } from './timers.ts';
export type { OpenWaitSet, WaitSource, WaitSources } from './wait-set.ts';
export { type WaitFor, type WaitingCall, WaitSets } from './wait-sets.ts';
export { WaitStore } from './wait-store.ts';
