// Boots the modules in order and closes them in reverse: the one file that knows them all.

import { isAbsolute, join } from 'node:path';
import {
  auditHandlers,
  createAuthentication,
  createQuotaRules,
  Guard,
  Keys,
  keyHandlers,
  openAudit,
  openBudgetLedger,
  quotaHandlers,
} from './access/index.ts';
import { openAccessManager } from './access-ports.ts';
import { wallClock } from './clock/index.ts';
import { type Config, openConfig } from './config/index.ts';
import { createContexts, createWindow, SnapshotStore } from './context/index.ts';
import { createConversations } from './conversation/index.ts';
import { openDatabase } from './database/index.ts';
import { followPrograms } from './follow-programs.ts';
import { homePath, openHome } from './home/index.ts';
import type { CloseOptions, Kernel } from './kernel-api.ts';
import { kernelHandlers } from './kernel-handlers.ts';
import { Calibrations, createLlm } from './llm/index.ts';
import { createMemory } from './memory/index.ts';
import { createPathPorts } from './path-ports.ts';
import { type AgentFolder, createProcesses, type Processes } from './process/index.ts';
import { followConfig } from './refresh.ts';
import { createSandbox } from './sandbox/index.ts';
import { createSchedule } from './schedule.ts';
import { LearnedWorkStore, Scheduler } from './scheduler/index.ts';
import { followSchedulingSettings } from './scheduling-settings.ts';
import { createTextIndex } from './search/index.ts';
import { checkOwner, sessionIdentity } from './session-identity.ts';
import { Sessions } from './sessions.ts';
import { createStatus } from './status.ts';
import { createStorage } from './storage/index.ts';
import { type CallRequest, SyscallPath } from './syscall/index.ts';
import { createLogger, createMetrics, EventBus, type Logger } from './telemetry/index.ts';
import { createTools, type Tool } from './tool/index.ts';
import { createUndo } from './undo/index.ts';
import { version } from './version.ts';

export interface KernelOptions {
  /** Folder that holds all state of the installation; AIOS_HOME, else ~/.aios, when absent. */
  readonly home?: string | undefined;
  /**
   * Keys and other variables of providers, AIOS_HOME, AIOS_HOST, AIOS_PORT, AIOS_MODEL, DATABASE_URL, AIOS_FAULT. What it lacks of them,
   * but for those of home, host and port, is taken from the file `.env` of the home.
   */
  readonly env: NodeJS.ProcessEnv;
  /** One on standard error, at the configured level, when absent. */
  readonly logger?: Logger | undefined;
  /** Folders of agents that ship with AIOS; that of the home comes after them. */
  readonly agentFolders?: readonly AgentFolder[] | undefined;
  /** Tools that the program which embeds the kernel brings. */
  readonly tools?: readonly Tool[] | undefined;
  /** Modules that agents may import although their folder has no copy: specifier to URL. */
  readonly offeredImports?: Readonly<Record<string, string>> | undefined;
  /** Folder from which agents in Python import `aios_sdk`; without it there are none. */
  readonly pythonPath?: string | undefined;
}

const defaultDrainMs = 5000;

/**
 * Boots a kernel on a home. Throws AiosErrors that say what to do: the home is in use or can’t be written, the configuration
 * is wrong, the database can’t be opened.
 */
export async function bootKernel(options: KernelOptions): Promise<Kernel> {
  const { env } = options;
  await using booting = new AsyncDisposableStack();
  const startedAt = Date.now();
  const events = new EventBus();
  const logger = options.logger ?? createLogger('warn');

  const home = booting.use(await openHome({ path: options.home ?? homePath(env), logger }));
  const config = booting.use(await openConfig({ home: home.path, env, logger, events }));
  if (options.logger === undefined) logger.level = config.current.log.level;
  const database = booting.use(
    await openDatabase({ home: home.path, url: config.environment.DATABASE_URL || undefined, logger }),
  );

  booting.use(await database.claim());

  const learned = booting.use(await LearnedWorkStore.open(database, logger));
  const scheduler = new Scheduler({
    settings: followSchedulingSettings(() => config.current),
    learned: learned.known,
    onLearned: learned.keep,
  });
  const textIndex = createTextIndex(database);
  const storage = booting.use(
    await createStorage({
      database,
      textIndex,
      home: home.path,
      rootFolder: resolveIn(home.path, config.current.storage.root_dir),
      maxIndexedFileBytes: () => config.current.storage.max_indexed_file_bytes,
      logger,
    }),
  );
  const memory = createMemory({ database, textIndex });
  const conversations = booting.use(
    createConversations({ database, limits: () => config.current.conversation, logger }),
  );
  const contexts = createContexts({
    database,
    policy: () => config.current.context,
    processes: () => ({
      find: (caller, pid) => processes.table.view.get(caller, pid),
      spawnLike: (caller, pid, wish, commit) => processes.table.spawnLike(caller, pid, wish, commit),
    }),
    events,
    logger,
  });
  const window = booting.use(
    createWindow({ database, settings: () => config.current.context, events, logger }),
  );
  const calibrations = booting.use(await Calibrations.open(database, logger));
  const snapshots = booting.use(await SnapshotStore.open({ database, logger, events }));
  const llm = booting.use(
    await createLlm({
      snapshots,
      config: () => config.current,
      env: config.environment,
      logger,
      queues: scheduler,
      events,
      window,
      calibrations,
    }).catch((error: unknown) => {
      throw config.located(error);
    }),
  );
  const sandbox = createSandbox({ logger });
  const tools = createTools({
    config: () => config.current,
    logger,
    sandbox,
    ...(options.tools && { tools: options.tools }),
  });

  const ledger = booting.use(
    await openBudgetLedger({ rules: createQuotaRules(config.current.quotas), events, database, logger }),
  );
  const audit = booting.use(
    await openAudit({ home: home.path, database, settings: () => config.current.audit, logger }),
  );
  const guard = await Guard.open({ database, settings: () => config.current.guard });
  const keys = await Keys.open(database);
  const access = booting.use(
    await openAccessManager({
      database,
      settings: () => config.current.access,
      events,
      logger,
      clock: wallClock,
      processes: () => processes,
      secrets: { operator: home.token, webhook: () => config.environment.AIOS_WEBHOOK_SECRET || undefined },
    }),
  );
  // The path needs all handlers, and processes, which give some, make calls of their own: it is tied here.
  const run = (request: CallRequest) => path.run(request);
  const processes: Processes = booting.use(
    createProcesses({
      database,
      events,
      logger,
      ledger,
      slots: scheduler,
      agentFolders: [...(options.agentFolders ?? []), { path: join(home.path, 'agents'), trusted: false }],
      maxThreads: config.current.agent_factory.max_workers,
      hostGraceMs: () => config.current.agent_factory.host_grace_ms,
      maxFrameBytes: config.current.server.max_body_bytes,
      threadLimits: () => threadLimitsOf(config.current),
      maxBreaks: () => config.current.agent_factory.max_breaks,
      services: config.current.services,
      operator: () => authentication.authenticate(home.token).caller,
      sandbox,
      sandboxLimits: () => agentSandboxLimits(config.current),
      sandboxesUntrusted: () => config.current.agent_factory.sandbox_untrusted,
      home: home.path,
      files: storage.files,
      secret: (name) => config.environment[name],
      dropAfterMs: () => config.current.agent_factory.drop_waiting_after_ms,
      cacheFolder: join(home.path, 'cache', 'compiled'),
      keepRuns: () => config.current.agent_factory.keep_runs,
      python: () => config.environment.AIOS_PYTHON?.trim() || 'python3',
      pythonPath: options.pythonPath,
      offeredImports: options.offeredImports ?? {},
      run,
      prepare: (name, input, caller) => path.prepare(name, input, caller),
      onAnswer: snapshots.drop,
      approvals: access.forProcesses,
      conversations: contexts.histories,
      fault: env.AIOS_FAULT,
    }),
  );
  ledger.actWith(processes.table);
  const undo = createUndo({
    database,
    table: processes.table,
    conversations: contexts.histories,
    memory,
    restorer: storage.restorer,
    logger,
    isCompensable: (name, input, caller) => path.prepare(name, input, caller).compensate !== undefined,
  });
  const refresh = followConfig({ config, llm, scheduler, ledger, logger });
  const status = createStatus({
    state: () => stateNow(),
    startedAt,
    home: home.path,
    database,
    llm,
    storage,
    scheduler,
    processes,
  });
  const path = new SyscallPath(
    {
      ...llm.handlers,
      'llm.chat': contexts.chat(llm.handlers['llm.chat']),
      ...storage.handlers,
      ...memory.handlers,
      ...conversations.handlers,
      ...contexts.handlers,
      ...window.handlers,
      ...tools.handlers,
      ...processes.handlers,
      ...undo.handlers,
      ...access.handlers,
      ...quotaHandlers(ledger),
      ...keyHandlers(keys, (caller, pid) => checkOwner(caller, pid, processes.table)),
      ...auditHandlers({ home: home.path, database, audit }),
      ...kernelHandlers({
        status,
        schedule: createSchedule(scheduler),
        refresh,
        drain: (deadlineMs) => processes.drain(deadlineMs),
      }),
    },
    createPathPorts({ gate: access.gate, ledger, processes, scheduler, events, audit, guard }),
  );

  const authentication = createAuthentication(home.token, keys);
  const sessions = new Sessions({
    run,
    events,
    isWithin: (pid, ancestor) => processes.table.view.isWithin(pid, ancestor),
  });
  booting.use(followPrograms(events, scheduler));
  const metrics = booting.use(
    await createMetrics({
      events,
      onQueueStart: (listener) => scheduler.onStart(listener),
      queues: () => scheduler.loads(),
      processes: () => processes.table.view.countLiving(),
    }),
  );
  booting.use(contexts.sweepRegularly());
  await undo.finish();
  await processes.recover();

  let state: 'ready' | 'closing' = 'ready';
  let closed: Promise<void> | undefined;
  const stateNow = () => (state === 'ready' && processes.table.isDraining ? 'draining' : state);
  const modules = booting.move();
  events.publish({ type: 'kernel-ready', version });

  const close = async ({ drainMs = defaultDrainMs, reason = 'closed' }: CloseOptions) => {
    state = 'closing';
    events.publish({ type: 'kernel-closing', reason });
    await sessions.close(drainMs);
    await modules.disposeAsync();
  };
  const kernel: Kernel = {
    events,
    get config() {
      return config.current;
    },
    get state() {
      return stateNow();
    },
    home: home.path,
    logger,
    announce: async (url) => {
      await home.announce({ url, version });
      await access.announce(url);
    },
    open: (token, { pid } = {}) =>
      sessions.open(sessionIdentity(authentication.authenticate(token), pid, processes.table)),
    attachHost: (session, carrier) => {
      const { tenant, user, key } = session.caller;
      const check = (agent: string) => session.authorise('process.serve', agent);
      return processes.remote.accept({ tenant, user, key: key?.id, check }, carrier);
    },
    forwards: (caller, question) => llm.forwards(caller, question),
    receive: (trigger, request) => processes.receive(trigger, request),
    metrics: () => metrics.render(),
    close: (closeOptions = {}) => {
      closed ??= close(closeOptions);
      return closed;
    },
    [Symbol.asyncDispose]: () => kernel.close(),
  };
  return kernel;
}

function threadLimitsOf({ agent_factory }: Config) {
  return { stuckAfterMs: agent_factory.stuck_after_ms, heapBytes: agent_factory.max_heap_bytes };
}

function agentSandboxLimits({ sandbox }: Config) {
  return { processes: sandbox.processes, diskBytes: sandbox.disk_bytes, files: sandbox.files };
}

function resolveIn(home: string, folder: string): string {
  return isAbsolute(folder) ? folder : join(home, folder);
}
