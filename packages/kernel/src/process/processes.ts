import type { BudgetLedger } from '../access/index.ts';
import { wallClock } from '../clock/index.ts';
import type { Database } from '../database/index.ts';
import type { CallRequest, HandlersOf } from '../syscall/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import { type AgentFolder, AgentRegistry } from './agent-registry.ts';
import { processHandlers } from './handlers.ts';
import { createFault, ProcessJournal } from './journal/index.ts';
import { SignalStore } from './lifecycle/index.ts';
import { LogWriter } from './log-writer.ts';
import { ProcessStore } from './process-store.ts';
import { ProcessTable } from './process-table.ts';
import { createInlineRuntime } from './runtime/inline.ts';
import { createWorkerRuntime } from './runtime/worker.ts';

export interface ProcessesOptions {
  readonly database: Database;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly ledger: BudgetLedger;
  readonly agentFolders: readonly AgentFolder[];
  readonly maxThreads: number;
  readonly offeredImports: Readonly<Record<string, string>>;
  readonly run: (request: CallRequest) => Promise<unknown>;
  /** Where to crash on purpose; see `createFault`. */
  readonly fault?: string | undefined;
}

export interface Processes extends AsyncDisposable {
  readonly handlers: HandlersOf<'process'>;
  readonly table: ProcessTable;
  readonly journal: ProcessJournal;
}

export function createProcesses(options: ProcessesOptions): Processes {
  const { database, events, logger, ledger, run } = options;
  const runtimes = { inline: createInlineRuntime(), worker: createWorkerRuntime(options) };
  const logs = new LogWriter(database, events, logger);
  const journal = new ProcessJournal(database, createFault(options.fault));
  const registry = new AgentRegistry(options.agentFolders, (entry, trusted) =>
    runtimes[trusted ? 'inline' : 'worker'].describe(entry),
  );
  const store = new ProcessStore(database);
  const table = new ProcessTable({
    store,
    signalRecord: {
      store: new SignalStore(database),
      isPast: (pid, call) => journal.isPast(pid, call),
    },
    journal,
    registry,
    runtimes,
    ledger,
    events,
    logger,
    clock: wallClock,
    run,
  });
  return {
    handlers: processHandlers(table, logs, events),
    table,
    journal,
    async [Symbol.asyncDispose]() {
      await table.close();
      await runtimes.worker[Symbol.asyncDispose]();
      await logs[Symbol.asyncDispose]();
    },
  };
}
