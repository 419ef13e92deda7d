import { pid as pidSchema, type RuntimeName } from '@aios/protocol';
import type { BudgetLedger } from '../access/index.ts';
import { type Clock, wallClock } from '../clock/index.ts';
import type { ConversationHistories } from '../context/index.ts';
import type { Database } from '../database/index.ts';
import type { CallRequest, HandlersOf, SyscallPath } from '../syscall/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import { type AgentFolder, AgentRegistry, isPython } from './agent-registry.ts';
import { Blackboard, blackboardHandlers } from './blackboard/index.ts';
import { EffectLedger, effectHandlers } from './effects/index.ts';
import { processHandlers } from './handlers.ts';
import { historyHandlers } from './history/index.ts';
import { createFault, type OnAnswer, ProcessJournal } from './journal/index.ts';
import { SignalStore } from './lifecycle/index.ts';
import { LogWriter } from './log-writer.ts';
import { Mailboxes, MailboxStore, mailboxOf, messageHandlers } from './mailbox/index.ts';
import { ProcessStore } from './process-store.ts';
import { ProcessTable } from './process-table.ts';
import type { ThreadLimits } from './runtime/agent-thread.ts';
import { createChildRuntime, createNodeProgram, createPythonProgram } from './runtime/child/index.ts';
import { createInlineRuntime } from './runtime/inline.ts';
import type { Runtime } from './runtime/runtime.ts';
import { createWorkerRuntime } from './runtime/worker.ts';
import { ScheduleStore, Schedules, scheduleHandlers } from './schedule/index.ts';
import { Supervisor } from './supervision/index.ts';
import { Timers, WaitStore } from './wait/index.ts';
import { createWaitFor, waitHandlers } from './wait-handlers.ts';

export interface ProcessesOptions {
  readonly database: Database;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly ledger: BudgetLedger;
  readonly agentFolders: readonly AgentFolder[];
  readonly maxThreads: number;
  readonly threadLimits: () => ThreadLimits;
  /** How often a process may break its runtime until it is failed. */
  readonly maxBreaks: () => number;
  /** Largest frame that an agent in a process of its own may send. */
  readonly maxFrameBytes: number;
  /** For compiled code of agents. */
  readonly cacheFolder: string;
  /** The Python that agents in Python run with. */
  readonly python: () => string;
  /** Folder from which they import `aios_sdk`. */
  readonly pythonPath: string | undefined;
  readonly offeredImports: Readonly<Record<string, string>>;
  /** How long a durable process must do nothing but wait until its code is dropped. */
  readonly dropAfterMs: () => number;
  /** How many earlier runs are kept in the journal of a process. */
  readonly keepRuns: () => number;
  readonly clock?: Clock | undefined;
  readonly run: (request: CallRequest) => Promise<unknown>;
  /** A call as its handler would make it, for those who know the input to be good. */
  readonly prepare: SyscallPath['prepare'];
  /** Where to crash on purpose; see `createFault`. */
  readonly fault?: string | undefined;
  readonly onAnswer: OnAnswer;
  /** The conversations of processes, which go back with them. */
  readonly conversations: ConversationHistories;
}

export interface Processes extends AsyncDisposable {
  /** All but that which takes back what other modules hold, too. */
  readonly handlers: Omit<
    HandlersOf<'process' | 'effect' | 'wait' | 'time' | 'message' | 'blackboard' | 'schedule'>,
    'process.undo'
  >;
  readonly table: ProcessTable;
  /** Brings back what earlier kernels left: unfinished processes, and schedules. */
  recover(): Promise<void>;
  readonly journal: ProcessJournal;
}

export function createProcesses(options: ProcessesOptions): Processes {
  const { database, events, logger, ledger, clock = wallClock, run } = options;
  const maxHeapBytes = () => options.threadLimits().heapBytes;
  const runtimes: Readonly<Record<RuntimeName, Runtime>> = {
    inline: createInlineRuntime(),
    worker: createWorkerRuntime({ ...options, limits: options.threadLimits }),
    process: createChildRuntime({ ...options, program: createNodeProgram({ ...options, maxHeapBytes }) }),
    python: createChildRuntime({ ...options, program: createPythonProgram({ ...options, maxHeapBytes }) }),
  };
  const logs = new LogWriter(database, events, logger);
  const effects = new EffectLedger({ database, logger, hold: (pid, cause) => table.hold(pid, cause) });
  const journal = new ProcessJournal({
    database,
    effects,
    fault: createFault(options.fault),
    onAnswer: options.onAnswer,
    keepRuns: options.keepRuns,
  });
  const registry = new AgentRegistry(options.agentFolders, (entry, trusted) =>
    runtimes[isPython(entry) ? 'python' : trusted ? 'inline' : 'worker'].describe(entry),
  );
  const timers = new Timers(clock);
  const mailboxStore = new MailboxStore(database);
  const supervisor = new Supervisor({
    database,
    clock,
    timers,
    events,
    logger,
    replace: (row, supervision, commit) => table.replace(row, supervision, commit),
  });
  const store = new ProcessStore(database, async (transaction, row) => {
    const { pid, agent, tenant } = row;
    const from = mailboxOf.process(pidSchema.parse(pid));
    await mailboxStore.handOver(transaction, tenant, from, mailboxOf.agent(agent));
    return await supervisor.onEnd(transaction, row);
  });
  const mailboxes = new Mailboxes({
    store: mailboxStore,
    clock,
    neighbours: {
      parentOf: (pid) => table.parentOf(pid),
      isAlive: (pid, tenant) => table.tenantOf(pid) === tenant,
    },
    notify: (topic) => table.waits.notify(topic),
  });
  const table: ProcessTable = new ProcessTable({
    database,
    conversations: options.conversations,
    mailSource: mailboxes.source,
    store,
    signalRecord: {
      store: new SignalStore(database),
      isPast: (pid, call) => journal.isPast(pid, call),
    },
    journal,
    effects,
    registry,
    runtimes,
    ledger,
    events,
    logger,
    waitStore: new WaitStore(database),
    dropAfterMs: options.dropAfterMs,
    maxBreaks: options.maxBreaks,
    cancelRestart: (pid) => supervisor.cancel(pid),
    clock,
    timers,
    run,
  });
  const schedules = new Schedules({
    store: new ScheduleStore(database),
    clock,
    timers,
    logger,
    checkAgent: async (agent) => void (await registry.find(agent)),
    spawn: (caller, request, commit, cause) => table.spawn(caller, request, commit, cause),
  });
  const waitFor = createWaitFor(table);
  return {
    handlers: {
      ...processHandlers(table, logs, events, journal),
      ...historyHandlers(table.history, table.replays),
      ...effectHandlers({ ledger: effects, view: table.view, prepare: options.prepare }),
      ...waitHandlers(waitFor, clock),
      ...messageHandlers(mailboxes, waitFor),
      ...scheduleHandlers(schedules),
      ...blackboardHandlers(new Blackboard(database, clock)),
    },
    table,
    async recover() {
      await table.recover();
      await supervisor.open();
      await schedules.open();
    },
    journal,
    async [Symbol.asyncDispose]() {
      await schedules.close();
      await supervisor.close();
      await table.close();
      timers[Symbol.dispose]();
      await Promise.all(Object.values(runtimes).map((runtime) => runtime[Symbol.asyncDispose]()));
      await logs[Symbol.asyncDispose]();
    },
  };
}
