// Generations that can be stopped at any token, kept, and gone on with: in another slice, at another replica, after a restart.
// Knows neither cores nor the scheduler: whoever generates gives it models to ask and a slot to hold.

export type { Continuation, ContinuationMethod, NoContinuation } from './continuation.ts';
export { type Generated, type Generation, generate } from './generate.ts';
export type { Model, Models } from './ports.ts';
export type { Origin } from './snapshot.ts';
export { SnapshotStore } from './store.ts';
