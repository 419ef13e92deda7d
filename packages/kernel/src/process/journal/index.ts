// The journal of durable processes and the fence around what processes change. Its rows are in `journal_records`; what a
// call of a process changes goes through `Journal.commit`.

export type { OnAnswer } from './call-record.ts';
export { createFault } from './fault.ts';
export { counts, type History, historyUpTo, lastCall, positionOfCall } from './history.ts';
export { ProcessJournal } from './journal.ts';
export { recollect } from './recollect.ts';
