// The past of a process: run its code against it, begin another process with it, take the process back to a point in it. What
// was done is on record in the journal; nothing here does any of it again.

export { historyHandlers } from './handlers.ts';
export { ProcessHistory, type ProcessHistoryOptions } from './process-history.ts';
export { Replays } from './replays.ts';
