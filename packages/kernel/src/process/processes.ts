import {
  type AgentManifest,
  type Pid,
  pid as pidSchema,
  type RuntimeName,
  type TenantId,
} from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { BudgetLedger } from '../access/index.ts';
import { type Clock, wallClock } from '../clock/index.ts';
import type { ConversationHistories } from '../context/index.ts';
import type { Database, Tables } from '../database/index.ts';
import type { Sandbox } from '../sandbox/index.ts';
import type { Caller, CallRequest, CommitTransaction, HandlersOf, SyscallPath } from '../syscall/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import { type AgentFolder, AgentRegistry, isPython } from './agent-registry.ts';
import { Blackboard, blackboardHandlers } from './blackboard/index.ts';
import type { Drained } from './drain.ts';
import { EffectLedger, effectHandlers, findEffect } from './effects/index.ts';
import { processHandlers } from './handlers.ts';
import { historyHandlers } from './history/index.ts';
import { createFault, type OnAnswer, ProcessJournal } from './journal/index.ts';
import { SignalStore } from './lifecycle/index.ts';
import { LogWriter } from './log-writer.ts';
import { Mailboxes, MailboxStore, messageHandlers } from './mailbox/index.ts';
import type { LayerOf } from './plan-process.ts';
import { ProcessStore } from './process-store.ts';
import { ProcessTable } from './process-table.ts';
import type { ThreadLimits } from './runtime/agent-thread.ts';
import {
  createChildRuntime,
  createNodeProgram,
  createPythonProgram,
  createSandboxProgram,
} from './runtime/child/index.ts';
import type { SandboxProgramOptions } from './runtime/child/sandbox-program.ts';
import { createInlineRuntime } from './runtime/inline.ts';
import { RemoteRuntime } from './runtime/remote/index.ts';
import type { Runtime } from './runtime/runtime.ts';
import { createWorkerRuntime } from './runtime/worker.ts';
import { createStarters, type Starters, type StartersOptions } from './starters.ts';
import { Timers, type WaitingCall, type WaitSource, WaitStore } from './wait/index.ts';
import { createWaitFor, waitHandlers } from './wait-handlers.ts';
import { type Slots, slotsOf } from './wait-sources.ts';

export interface ProcessesOptions
  extends Pick<StartersOptions, 'services' | 'operator' | 'files' | 'secret'> {
  readonly database: Database;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly ledger: BudgetLedger;
  readonly slots: Slots;
  readonly agentFolders: readonly AgentFolder[];
  readonly maxThreads: number;
  readonly threadLimits: () => ThreadLimits;
  /** How often a process may break its runtime until it is failed. */
  readonly maxBreaks: () => number;
  /** Largest frame that an agent in a process of its own may send. */
  readonly maxFrameBytes: number;
  /** Milliseconds that a program elsewhere which serves agents may be without a connection. */
  readonly hostGraceMs: () => number;
  readonly sandbox: Sandbox;
  readonly sandboxLimits: SandboxProgramOptions['limits'];
  /** Whether agents that are not trusted run in a sandbox, whatever they ask for. */
  readonly sandboxesUntrusted: () => boolean;
  /** The folder with all state of the installation. */
  readonly home: string;
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
  readonly approvals: ApprovalPorts;
  /** The conversations of processes, which go back with them. */
  readonly conversations: ConversationHistories;
}

/** What processes need of those who decide about them. */
interface ApprovalPorts {
  readonly source: WaitSource<'approval'>;
  /** Throws `not_found` for an approval that the caller may not see. */
  readonly checkVisible: (caller: Caller, id: string) => Promise<void>;
  /** A process ends, in this transaction. */
  readonly onEnd: (transaction: Transaction<Tables>, pid: Pid) => Promise<void>;
  /** A process was taken back to a call; what was approved of later ones is good for nothing any more. */
  readonly forget: (transaction: CommitTransaction, pid: Pid, after: number) => Promise<void>;
  readonly layerOf: LayerOf;
}

export interface Processes extends AsyncDisposable {
  /** All but that which takes back what other modules hold, too. */
  readonly handlers: Omit<
    HandlersOf<'process' | 'effect' | 'wait' | 'time' | 'message' | 'blackboard' | 'schedule' | 'trigger'>,
    'process.undo'
  >;
  readonly table: ProcessTable;
  /** Starts nothing more, whatever it is, and brings what runs to rest. */
  drain(deadlineMs: number): Promise<Drained>;
  /** Takes a webhook in; see `Triggers`. */
  readonly receive: Starters['receive'];
  /** Brings back what earlier kernels left: unfinished processes, schedules, and triggers. */
  recover(): Promise<void>;
  readonly journal: ProcessJournal;
  /** Programs elsewhere that serve agents. */
  readonly remote: RemoteRuntime;
  /** Waits until an approval does not wait any more; the process sleeps meanwhile. */
  waitForApproval(call: WaitingCall, id: string, cause: string): Promise<void>;
  /** What an installed agent says of itself; throws `not_found`. */
  manifestOf(agent: string, tenant: TenantId): Promise<AgentManifest>;
}

export function createProcesses(options: ProcessesOptions): Processes {
  const { database, events, logger, ledger, clock = wallClock, run, approvals } = options;
  const maxHeapBytes = () => options.threadLimits().heapBytes;
  const remote = new RemoteRuntime(options);
  const node = createNodeProgram({ ...options, maxHeapBytes });
  const python = createPythonProgram({ ...options, maxHeapBytes });
  const runtimes: Readonly<Record<RuntimeName, Runtime>> = {
    inline: createInlineRuntime(),
    worker: createWorkerRuntime({ ...options, limits: options.threadLimits }),
    process: createChildRuntime({ ...options, program: node }),
    python: createChildRuntime({ ...options, program: python }),
    remote,
    sandbox: createChildRuntime({
      ...options,
      program: createSandboxProgram({
        ...options,
        node,
        python,
        maxHeapBytes,
        limits: options.sandboxLimits,
      }),
    }),
  };
  const logs = new LogWriter(database, events, logger);
  const effects = new EffectLedger({
    database,
    logger,
    hold: (pid, cause) => table.hold(pid, cause),
    notify: (topic) => table.waits.notify(topic),
  });
  const journal = new ProcessJournal({
    database,
    effects,
    fault: createFault(options.fault),
    onAnswer: options.onAnswer,
    keepRuns: options.keepRuns,
  });
  const describingRuntime = (entry: string, trusted: boolean): RuntimeName => {
    if (!trusted && options.sandboxesUntrusted()) return 'sandbox';
    return isPython(entry) ? 'python' : trusted ? 'inline' : 'worker';
  };
  const registry = new AgentRegistry(
    options.agentFolders,
    (entry, trusted) => runtimes[describingRuntime(entry, trusted)].describe(entry),
    options.sandboxesUntrusted,
    (tenant, name) => remote.served(tenant, name),
  );
  const timers = new Timers(clock);
  const mailboxStore = new MailboxStore(database);
  const starters = createStarters({
    ...options,
    clock,
    timers,
    registry,
    mailboxStore,
    mailboxes: () => mailboxes,
    table: () => table,
  });
  const store = new ProcessStore(database, async (transaction, row) => {
    await approvals.onEnd(transaction, pidSchema.parse(row.pid));
    return await starters.onEnd(transaction, row);
  });
  const mailboxes: Mailboxes = new Mailboxes({
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
    approvalSource: approvals.source,
    slots: options.slots,
    layerOf: approvals.layerOf,
    forgetApprovals: approvals.forget,
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
    cancelRestart: (pid) => starters.supervisor.cancel(pid),
    clock,
    timers,
    run,
  });
  const freed = options.slots.onFree((queue) => table.waits.notify(slotsOf(queue)));
  const waitFor = createWaitFor(table, options.slots, {
    effect: async (caller, id) => void (await findEffect({ ledger: effects, view: table.view }, caller, id)),
    approval: approvals.checkVisible,
  });
  return {
    handlers: {
      ...processHandlers(table, logs, events, journal),
      ...historyHandlers(table.history, table.replays),
      ...effectHandlers({ ledger: effects, view: table.view, prepare: options.prepare }),
      ...waitHandlers(waitFor, clock),
      ...messageHandlers(mailboxes, waitFor),
      ...starters.handlers,
      ...blackboardHandlers(new Blackboard(database, clock)),
    },
    table,
    async drain(deadlineMs) {
      await starters.close();
      return await table.drain(deadlineMs);
    },
    receive: starters.receive,
    async recover() {
      await starters.load();
      await table.recover();
      await starters.open();
    },
    journal,
    remote,
    async waitForApproval(call, id, cause) {
      using _waiting = table.showWaiting(call.caller, cause);
      const conditions = [{ kind: 'approval' as const, id }];
      await table.waits.wait(call, { mode: 'any', conditions }, async () => true);
    },
    manifestOf: async (agent, tenant) => (await registry.find(agent, tenant)).manifest,
    async [Symbol.asyncDispose]() {
      await starters.close();
      await table.close();
      timers[Symbol.dispose]();
      freed[Symbol.dispose]();
      await Promise.all(Object.values(runtimes).map((runtime) => runtime[Symbol.asyncDispose]()));
      await logs[Symbol.asyncDispose]();
    },
  };
}
