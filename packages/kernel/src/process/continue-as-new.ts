// A process begins anew: its code runs from its beginning with another input, and its journal is empty again. Guarantee: the
// row of the process, the record that the new run begins with and the end of older runs are one transaction.

import { AiosError, type JsonValue } from '@aios/protocol';
import type { Caller, Commit, PlaceInProcess } from '../syscall/index.ts';
import type { ProcessJournal } from './journal/index.ts';
import type { Process } from './process.ts';
import type { ProcessStore } from './process-store.ts';

/** The call by which a process asks for it. */
export interface ContinuingCall {
  readonly caller: Caller;
  readonly place: PlaceInProcess | undefined;
}

interface Wish {
  readonly process: Process | undefined;
  readonly call: ContinuingCall;
  readonly input: JsonValue;
  readonly commit: Commit<{ run: number }>;
}

interface Modules {
  readonly journal: ProcessJournal;
  readonly store: ProcessStore;
}

/** Gives the number of the new run once it is on disk; the process is to run its code anew then. */
export async function continueAsNew(
  { process, call, input, commit }: Wish,
  { journal, store }: Modules,
): Promise<{ run: number }> {
  const { place, caller } = call;
  const { process: calling } = caller;
  if (process === undefined || calling === undefined) throw notItsCode();
  if (place === undefined || place.nested !== '') throw notItsCode();
  if (process.openCalls > 1) throw stillBusy(process.openCalls - 1);
  const { pid, startedAt, options } = process;
  const { run } = options;
  const leaving = process.leaveRun();
  try {
    const begun = await commit(async (transaction) => {
      const position = options.durable
        ? await journal.beginRun(transaction, {
            call: {
              process: calling,
              tenant: options.principal.tenant,
              place,
              name: 'process.continue',
              input: { input },
            },
            input,
            previousInput: options.input,
            position: run.position,
          })
        : 0;
      const next = { number: run.number + 1, position, sequence: place.sequence };
      if (!(await store.beginRun(transaction, pid, { ...next, input, startedAt }))) throw hasEnded();
      return { run: next.number };
    });
    leaving.done();
    return begun;
  } catch (error) {
    leaving.takeBack();
    throw error;
  }
}

function notItsCode(): AiosError {
  return new AiosError(
    'failed_precondition',
    'Only the code of a process can begin it anew, by a call of its own: `return aios.continueAsNew(input)`.',
  );
}

function stillBusy(calls: number): AiosError {
  return new AiosError(
    'failed_precondition',
    `${calls} other ${calls === 1 ? 'call of the process is' : 'calls of the process are'} under way, whose outcome nobody would hear. Await or cancel them before continueAsNew.`,
  );
}

function hasEnded(): AiosError {
  return new AiosError('cancelled', 'The process has ended meanwhile and does not begin anew.');
}
