import { AiosError, type LogEntry, type Pid, type SyscallInput } from '@aios/protocol';
import { type HandlersOf, handle, type SyscallContext } from '../syscall/index.ts';
import type { EventBus } from '../telemetry/index.ts';
import type { ProcessJournal } from './journal/index.ts';
import type { LogWriter } from './log-writer.ts';
import type { ProcessTable } from './process-table.ts';

const logPage = 500;

/** The system calls on processes. */
export function processHandlers(
  table: ProcessTable,
  logs: LogWriter,
  events: EventBus,
  journal: ProcessJournal,
): Omit<HandlersOf<'process'>, 'process.replay' | 'process.fork' | 'process.revert' | 'process.undo'> {
  return {
    'process.spawn': handle((input, { caller, commit }) => table.spawn(caller, input, commit)),
    'process.list': handle(async (input, { caller }) => ({
      processes: await table.view.list(caller, input),
    })),
    'process.get': handle(({ pid }, { caller }) => table.view.get(caller, pid)),
    'process.wait': handle(({ pid, timeoutMs }, context) => table.wait(context, pid, timeoutMs)),
    'process.budget': handle(async (input, { caller, commit, ensureCurrent }) => {
      await ensureCurrent();
      return await table.setBudget(caller, input, commit);
    }),
    'process.kill': handle(async ({ pid, reason }, { caller, ensureCurrent }) => {
      await ensureCurrent();
      return await table.kill(caller, pid, reason);
    }),
    'process.signal': handle(async (input, { caller, commit, ensureCurrent }) => {
      await ensureCurrent();
      return await table.signaller.signal(caller, input, commit);
    }),
    'process.continue': handle(async ({ input }, { caller, place, commit, ensureCurrent }) => {
      await ensureCurrent();
      return await table.continueAsNew({ caller, place }, input, commit);
    }),
    'process.version': handle(async ({ change, latest }, { caller }) => {
      const { process } = caller;
      if (process === undefined) {
        throw new AiosError('failed_precondition', 'Only the code of a process has versions.');
      }
      return { version: await journal.version(process, change, latest) };
    }),
    'process.log': handle(async ({ text }, { caller, commit }) => {
      const { process, tenant } = caller;
      if (process === undefined) {
        throw new AiosError('failed_precondition', 'Only a process has a log of its own to write to.');
      }
      const { pid, agent } = process;
      await logs.flush();
      await commit(async (transaction) => {
        await logs.append(transaction, { pid, at: Date.now(), kind: 'log', text });
        return {};
      });
      events.publish({ type: 'process-logged', pid, agent, text }, tenant);
      return {};
    }),
    'process.logs': handle(async (input, context) => {
      await table.view.get(context.caller, input.pid);
      if (input.follow && context.emit) return await follow(table, logs, events, input, context);
      await logs.flush();
      return { entries: await logs.read(input.pid, input.after, input.limit) };
    }),
  };
}

/** Sends the entries so far and each new one as chunks, until the process has ended. */
async function follow(
  table: ProcessTable,
  logs: LogWriter,
  events: EventBus,
  { pid, after }: SyscallInput<'process.logs'>,
  { signal, emit }: SyscallContext<'process.logs'>,
): Promise<{ entries: LogEntry[] }> {
  let last = after;
  while (true) {
    using change = nextChange(events, pid, signal);
    const wasAlive = table.isAlive(pid);
    await logs.flush();
    const entries = await logs.read(pid, last, logPage);
    for (const entry of entries) emit?.(entry);
    last = entries.at(-1)?.sequence ?? last;
    if (entries.length > 0) continue;
    if (!wasAlive) return { entries: [] };
    await change.happened;
  }
}

/** Resolves at the next event of the process; rejects when the signal fires. */
function nextChange(
  events: EventBus,
  pid: Pid,
  signal: AbortSignal,
): Disposable & { happened: Promise<void> } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const subscription = events.subscribe((event) => {
    if ('pid' in event && event.pid === pid) resolve();
  });
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  promise.catch(() => undefined);
  return {
    happened: promise,
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
    },
  };
}
