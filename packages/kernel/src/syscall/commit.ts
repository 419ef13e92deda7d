import type { Used } from './ports.ts';

// biome-ignore lint/suspicious/noEmptyInterface: the database gives it its members; the path hands it on and looks at nothing
export interface CommitTransaction {}

/**
 * Makes the change of a call and answers the call, in one transaction: `job` does the work with the transaction and gives the
 * call’s output. With it the fence of the calling process is checked, and the journal of a durable one is written, so that a
 * crash leaves both or neither. Resolves once that is on disk. Throws `stale_fence`, with nothing changed, for a process
 * that was taken over.
 */
export type Commit<Output> = (
  job: (transaction: CommitTransaction) => Promise<Output>,
  used?: Used,
) => Promise<Output>;
