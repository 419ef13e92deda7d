import { AiosError, type WaitCondition, type WaitResult } from '@aios/protocol';
import type { Clock } from '../clock/index.ts';
import { type Caller, type HandlersOf, handle } from '../syscall/index.ts';
import type { ProcessTable } from './process-table.ts';
import type { WaitFor, WaitingCall } from './wait/index.ts';
import type { Slots } from './wait-sources.ts';

/** The system calls that wait. */
export function waitHandlers(waitFor: WaitFor, clock: Clock): HandlersOf<'wait' | 'time'> {
  return {
    'wait.any': handle((input, context) =>
      waitFor(context, { ...input, mode: 'any' }, context.commit, (results, [first]) => ({
        ...onlyOf(results),
        index: first?.index ?? 0,
      })),
    ),
    'wait.all': handle((input, context) =>
      waitFor(context, { ...input, mode: 'all' }, context.commit, (results) => ({ results: [...results] })),
    ),
    'time.now': handle(() => {
      const now = clock.now();
      return { now: new Date(now).toISOString(), unixMs: now };
    }),
    'time.sleep': handle(async ({ forMs, until }, context) => {
      const condition: WaitCondition = { kind: 'timer', afterMs: forMs, at: until };
      checkTimer(condition);
      return await waitFor(context, { mode: 'any', conditions: [condition] }, context.commit, () => ({
        now: new Date(clock.now()).toISOString(),
      }));
    }),
  };
}

/** Throws `not_found` for what the caller may not see. */
export type CheckVisible = Readonly<
  Record<'effect' | 'approval', (caller: Caller, id: string) => Promise<void>>
>;

/** The way in which all calls wait. */
export function createWaitFor(table: ProcessTable, slots: Slots, checkVisible: CheckVisible): WaitFor {
  return async (call, request, commit, outputOf) => {
    const { conditions } = request;
    await call.ensureCurrent();
    for (const condition of conditions) if (condition.kind === 'slot') checkQueue(slots, condition.queue);
    await checkConditions(table, checkVisible, call, conditions);
    using _waiting = table.showWaiting(call.caller, `waiting for ${kindsOf(conditions)}`);
    return await table.waits.wait(call, request, async (found, ordinal) => {
      const results = found.map(({ index, value }) => ({ kind: conditions[index]?.kind ?? 'timer', value }));
      try {
        return await commit(async (transaction) => {
          for (const { watched } of found) {
            const isTaken = (await watched.take?.(transaction, ordinal)) ?? true;
            if (!isTaken) throw new TakenByAnother();
          }
          return outputOf(results, found);
        });
      } catch (error) {
        if (error instanceof TakenByAnother) return undefined;
        throw error;
      }
    });
  };
}

/** Undoes a transaction in which what had come turned out to be gone. */
class TakenByAnother extends Error {}

async function checkConditions(
  table: ProcessTable,
  checkVisible: CheckVisible,
  { caller }: WaitingCall,
  conditions: readonly WaitCondition[],
): Promise<void> {
  for (const condition of conditions) {
    if (condition.kind === 'timer') checkTimer(condition);
    if (condition.kind === 'signal' && caller.process === undefined) {
      throw new AiosError('failed_precondition', 'Only a process is sent signals that it could wait for.');
    }
    if (condition.kind === 'effect' || condition.kind === 'approval')
      await checkVisible[condition.kind](caller, condition.id);
    if (condition.kind !== 'child') continue;
    await table.view.get(caller, condition.pid);
    if (condition.pid === caller.process?.pid) {
      throw new AiosError('invalid_argument', 'A process cannot wait for itself to end.');
    }
  }
}

function checkQueue(slots: Slots, queue: string): void {
  if (slots.load(queue).capacity > 0) return;
  throw new AiosError(
    'not_found',
    `There is no queue "${queue}". kernel.schedule and \`aios top\` list them.`,
  );
}

function checkTimer({ afterMs, at }: Extract<WaitCondition, { kind: 'timer' }>): void {
  if ((afterMs === undefined) === (at === undefined)) {
    throw new AiosError(
      'invalid_argument',
      'A time is given either as a duration or as a date, and as one of them.',
    );
  }
}

function onlyOf([first]: readonly WaitResult[]): WaitResult {
  if (first === undefined) throw new AiosError('internal', 'A wait ended although nothing had come.');
  return first;
}

function kindsOf(conditions: readonly WaitCondition[]): string {
  return [...new Set(conditions.map(({ kind }) => kind))].join(', ');
}
