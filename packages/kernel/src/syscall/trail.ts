// What the audit is told of a call on its way.

import { toAiosError } from '@aios/protocol';
import type { Call } from './call.ts';
import type { CommitTransaction } from './commit.ts';
import type { AuditTrail, WriteOutcome } from './ports.ts';

/** Tells the audit of a failed call, then throws its error on. */
export async function closeFailed(call: Call, thrown: unknown): Promise<never> {
  const error = toAiosError(thrown);
  if (!call.replayed) await call.trail?.close(error);
  throw error;
}

/** The job, telling the audit of the change in the transaction that makes it. */
export function withTrail<Output>(
  trail: AuditTrail | undefined,
  job: (transaction: CommitTransaction) => Promise<Output>,
): (transaction: CommitTransaction) => Promise<Output> {
  if (trail === undefined) return job;
  return async (transaction) => {
    const output = await job(transaction);
    await trail.changed(transaction);
    return output;
  };
}

/** Tells the audit what came of a call in the transaction that answers it. */
export function settling({ trail }: Call): WriteOutcome | undefined {
  if (trail === undefined) return undefined;
  return (transaction, outcome) =>
    trail.settle(transaction, 'error' in outcome ? toAiosError(outcome.error) : undefined);
}
