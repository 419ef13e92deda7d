// What the path does for the data-flow guard: tells it what a call reads and writes, and gets its objections.

import type { Call } from './call.ts';
import type { Caller } from './caller.ts';
import type { CommitTransaction } from './commit.ts';
import type { DataFlowGuard, GuardedCall, Objection, Taint } from './ports.ts';

interface Handler {
  destination?(input: unknown, caller: Caller): string | undefined;
}

type Job<Output> = (transaction: CommitTransaction) => Promise<Output>;

/** Notes where a call goes and what its caller has read, and says why a person is to be asked. Waits only where it must. */
export function objectionTo(
  guard: DataFlowGuard,
  call: Call,
  handler: Handler,
  guarded: GuardedCall,
): Promise<Objection | undefined> | undefined {
  call.destination = handler.destination?.(guarded.input, guarded.caller);
  const reading = guard.reading(guarded);
  const taint = guard.taintOf(guarded.caller);
  return reading === undefined && taint === undefined
    ? undefined
    : look(guard, call, guarded, reading, taint);
}

async function look(
  guard: DataFlowGuard,
  call: Call,
  guarded: GuardedCall,
  reading: Promise<void> | undefined,
  tainted: Promise<Taint | undefined> | undefined,
): Promise<Objection | undefined> {
  await reading;
  const taint = await tainted;
  call.taint = taint;
  return taint && (await guard.objection(taint, guarded, call.destination));
}

/** The job, with what it writes marked in its transaction. */
export function withMarks<Output>(
  guard: DataFlowGuard,
  { taint }: Call,
  guarded: GuardedCall,
  job: Job<Output>,
): Job<Output> {
  if (taint === undefined) return job;
  return async (transaction) => {
    const output = await job(transaction);
    await guard.wrote(taint, guarded, output, transaction);
    return output;
  };
}
