// All processes of this kernel: starts them, ends them, and brings durable ones back after a crash.
// Guarantees: a process is on record before its pid is known; its end is on disk before anybody hears of it.

import {
  AiosError,
  callClass,
  jsonValue,
  type Pid,
  type ProcessDescription,
  type ProcessState,
  pid as pidSchema,
  processState,
  type SyscallInput,
  tenantId,
  toAiosError,
  userId,
} from '@aios/protocol';
import { type BudgetLedger, createPolicy } from '../access/index.ts';
import {
  type Caller,
  type CallRequest,
  type CommitTransaction,
  callSignal,
  createLine,
  untilAborted,
} from '../syscall/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import type { Agent, AgentRegistry } from './agent-registry.ts';
import { budgetOf, callerBudgetsOf, parseLayers, runtimeSchema } from './describe-process.ts';
import type { ProcessJournal } from './journal/index.ts';
import { planProcess } from './plan-process.ts';
import { type Exit, Process, type RuntimeName } from './process.ts';
import type { ProcessRow, ProcessStore } from './process-store.ts';
import { ProcessView } from './process-view.ts';
import type { Runtime } from './runtime/runtime.ts';
import { isFinal } from './states.ts';

export interface ProcessTableOptions {
  readonly store: ProcessStore;
  readonly journal: ProcessJournal;
  readonly registry: AgentRegistry;
  readonly runtimes: Readonly<Record<RuntimeName, Runtime>>;
  readonly ledger: BudgetLedger;
  readonly events: EventBus;
  readonly logger: Logger;
  /** The path of a system call, for the processes’ own calls. */
  readonly run: (request: CallRequest) => Promise<unknown>;
}

/** Puts a process on record with `job`, and whatever is to be there exactly if the process is. */
type SpawnCommit<Spawned> = (
  job: (transaction: CommitTransaction) => Promise<{ pid: Pid }>,
) => Promise<Spawned>;

/** What a process is to be, where it is not to be as another one. */
type SpawnWish = Omit<SyscallInput<'process.spawn'>, 'agent' | 'input'> &
  Partial<Pick<SyscallInput<'process.spawn'>, 'agent' | 'input'>>;

export class ProcessTable {
  readonly #options: ProcessTableOptions;
  readonly #live = new Map<Pid, Process>();
  /** What callers may see of them. */
  readonly view: ProcessView;
  #closing = false;

  constructor(options: ProcessTableOptions) {
    this.#options = options;
    this.view = new ProcessView(this.#live, options.store, options.ledger);
  }

  /** Starts an agent as a child of the caller, with no more than the caller itself may do. */
  async spawn(
    caller: Caller,
    request: SyscallInput<'process.spawn'>,
    commit: SpawnCommit<{ pid: Pid }>,
  ): Promise<{ pid: Pid }> {
    return await this.#launch(caller, await this.#options.registry.find(request.agent), request, commit);
  }

  /** The same; agent and input are those of another process where the wish has none. */
  async spawnLike<Spawned extends { pid: Pid }>(
    caller: Caller,
    pid: Pid,
    wish: SpawnWish,
    commit: SpawnCommit<Spawned>,
  ): Promise<Spawned> {
    const { store, registry } = this.#options;
    const row = await store.find(pid);
    if (row === undefined) throw new AiosError('not_found', `There is no process ${pid}.`);
    const agent =
      wish.agent === undefined
        ? await registry.reload(row.entry, row.trusted === 1)
        : await registry.find(wish.agent);
    const input = wish.input === undefined ? jsonValue.parse(JSON.parse(row.input)) : wish.input;
    return await this.#launch(caller, agent, { ...wish, agent: row.agent, input }, commit);
  }

  async #launch<Spawned extends { pid: Pid }>(
    caller: Caller,
    agent: Agent,
    request: SyscallInput<'process.spawn'>,
    commit: SpawnCommit<Spawned>,
  ): Promise<Spawned> {
    if (this.#closing) throw new AiosError('unavailable', 'The kernel is closing and starts nothing new.');
    const parent = caller.process && this.#live.get(caller.process.pid);
    const plan = planProcess(caller, parent, agent, request);
    const spawned = await commit(async (transaction) => ({
      pid: await this.#options.store.create(transaction, plan),
    }));
    this.#start(new Process({ ...plan, pid: spawned.pid }, this.#publishChange), 'spawned');
    return spawned;
  }

  /** Ends a process and its living descendants, and describes it once that is on disk. */
  async kill(caller: Caller, pid: Pid, reason: string): Promise<ProcessDescription> {
    if (this.view.findLiving(caller, pid) !== undefined) {
      const family = [...this.#live.values()].filter((process) => process.isWithin(pid));
      const error = new AiosError('cancelled', `Process killed: ${reason}`);
      for (const process of family) process.stop('killed', error);
      await Promise.all(family.map((process) => process.exited));
    }
    return await this.view.get(caller, pid);
  }

  /** Resolves with the description once the process has ended; `deadline_exceeded` after the time given. */
  async wait(
    caller: Caller,
    pid: Pid,
    timeoutMs: number | undefined,
    signal: AbortSignal,
  ): Promise<ProcessDescription> {
    const process = this.view.findLiving(caller, pid);
    if (process !== undefined) {
      const waiter = caller.process && this.#live.get(caller.process.pid);
      if (waiter === process) {
        throw new AiosError('invalid_argument', 'A process cannot wait for itself to end.');
      }
      using _waiting = waiter?.wait(`waiting for process ${pid}`);
      using ending = callSignal([signal], timeoutMs);
      await untilAborted(process.exited, ending.signal);
    }
    return await this.view.get(caller, pid);
  }

  /** Ends a process and its living descendants for a reason of the kernel’s own. */
  end(pid: Pid, reason: AiosError): void {
    for (const process of [...this.#live.values()]) if (process.isWithin(pid)) process.stop('killed', reason);
  }

  /** Shows a process as waiting until the result is disposed. */
  hold(pid: Pid, cause: string): Disposable | undefined {
    return this.#live.get(pid)?.wait(cause);
  }

  isCurrent(pid: Pid, fence: number): boolean {
    const process = this.#live.get(pid);
    return process !== undefined && process.options.fence === fence && process.stopped === undefined;
  }

  /** A process that lives, whoever asks. */
  find(pid: Pid): Process | undefined {
    return this.#live.get(pid);
  }

  isAlive(pid: Pid): boolean {
    return this.#live.has(pid);
  }

  /** After a crash: durable processes go on from their journals, the others are marked lost. */
  async recover(): Promise<void> {
    for (const row of await this.#options.store.unfinished()) {
      const pid = pidSchema.parse(row.pid);
      if (row.durable === 0) await this.#lose(pid, row, 'the kernel stopped while it ran');
      else
        await this.#resume(pid, row).catch((error: unknown) =>
          this.#lose(pid, row, toAiosError(error).message),
        );
    }
  }

  /** Ends all processes: durable ones stay on record as unfinished and go on at the next boot. */
  async close(): Promise<void> {
    this.#closing = true;
    const processes = [...this.#live.values()];
    const reason = new AiosError('cancelled', 'The kernel closed.');
    for (const process of processes) process.stop(process.options.durable ? 'parked' : 'killed', reason);
    await Promise.all(processes.map((process) => process.exited));
  }

  async #resume(pid: Pid, row: ProcessRow): Promise<void> {
    const { store, journal, registry } = this.#options;
    await store.takeOver(pid);
    const agent = await registry.reload(row.entry, row.trusted === 1);
    await journal.load(pid);
    const parentPid = row.parent === null ? undefined : pidSchema.parse(row.parent);
    const process = new Process(
      {
        pid,
        parent: await this.#livingAncestor(row.parent),
        parentPid,
        agent,
        runtime: runtimeSchema.parse(row.runtime),
        durable: true,
        fence: row.fence + 1,
        urgency: { class: callClass.parse(row.class), priority: row.priority },
        input: jsonValue.parse(JSON.parse(row.input)),
        budget: budgetOf(row),
        principal: {
          tenant: tenantId.parse(row.tenant),
          user: userId.parse(row.owner),
          policy: createPolicy(parseLayers(row)),
          ...callerBudgetsOf(row),
        },
        createdAt: row.created_at,
        firstStartedAt: row.started_at ?? row.created_at,
      },
      this.#publishChange,
    );
    this.#start(process, 'resumed after the kernel stopped');
  }

  /** Parents are resumed before their children; one that has ended leaves them to the nearest ancestor that lives. */
  async #livingAncestor(parent: number | null): Promise<Process | undefined> {
    for (let at = parent; at !== null; ) {
      const pid = pidSchema.parse(at);
      const living = this.#live.get(pid);
      if (living !== undefined) return living;
      at = (await this.#options.store.find(pid))?.parent ?? null;
    }
    return undefined;
  }

  async #lose(pid: Pid, row: ProcessRow, cause: string): Promise<void> {
    const { store, events } = this.#options;
    const message = `The process is lost: ${cause}. Start it again; a durable process would have been resumed.`;
    await store.markLost(pid, new AiosError('unavailable', message).toProblem());
    const from = processState.parse(row.state);
    events.publish(
      { type: 'process-changed', pid, agent: row.agent, from, to: 'lost', cause },
      tenantId.parse(row.tenant),
    );
  }

  #start(process: Process, cause: string): void {
    const { ledger, events } = this.#options;
    const { pid, parentPid, budget, agent, principal, durable } = process.options;
    this.#live.set(pid, process);
    ledger.open({
      pid,
      parent: process.options.parent?.pid,
      tenant: principal.tenant,
      agent: agent.manifest.name,
      budget,
      durable,
    });
    events.publish(
      {
        type: 'process-changed',
        pid,
        agent: agent.manifest.name,
        ...(parentPid !== undefined && { parent: parentPid }),
        to: 'created',
        cause,
      },
      principal.tenant,
    );
    process.moveTo('ready', `waits for the ${process.options.runtime} runtime`);
    void this.#supervise(process);
  }

  async #supervise(process: Process): Promise<void> {
    const exit = await this.#execute(process);
    process.stop(
      'ended',
      new AiosError('stale_fence', `Process ${process.pid} has ended; its late call is refused.`),
    );
    if (exit !== undefined) await this.#recordExit(process, exit);
    this.#options.ledger.close(process.pid, { isOver: exit !== undefined });
    this.#options.journal.forget(process.pid);
    this.#live.delete(process.pid);
    process.announceExit();
  }

  /** Runs the agent; no exit for a process that is parked for the next boot. */
  async #execute(process: Process): Promise<Exit | undefined> {
    const { runtimes, run } = this.#options;
    const { pid, agent, input, runtime } = process.options;
    const line = createLine({
      run,
      identify: () => process.identify(),
      signals: [process.signal],
      numbered: true,
    });
    const started = () => {
      // A thread may still say so of a process that was killed in the meantime.
      if (process.stopped !== undefined) return;
      process.startedAt = process.options.firstStartedAt ?? Date.now();
      process.moveTo('running', 'started');
      this.#countTime(process, process.startedAt);
    };
    try {
      const task = { pid, entry: agent.entry, input, line, signal: process.signal, started };
      const output = await untilAborted(runtimes[runtime].run(task), process.signal);
      this.#options.journal.checkEnd(pid);
      return { state: 'succeeded', output: jsonValue.parse(output ?? null) };
    } catch (error) {
      if (process.stopped === 'parked') return undefined;
      return {
        state: process.stopped === 'killed' ? 'killed' : 'failed',
        error: toAiosError(error).toProblem(),
      };
    }
  }

  async #recordExit(process: Process, exit: Exit): Promise<void> {
    const { store, logger } = this.#options;
    try {
      await store.markEnded(process, exit, this.#options.ledger.used(process.pid));
    } catch (error) {
      logger.error(
        { error, pid: process.pid },
        'the end of a process could not be recorded; it counts as unfinished',
      );
    }
    const cause = exit.state === 'succeeded' ? 'the agent returned' : exit.error.detail;
    if (!isFinal(process.state)) process.moveTo(exit.state, cause);
  }

  #countTime({ caller, options }: Process, startedAt: number): void {
    const { ledger, store, logger } = this.#options;
    ledger.started(caller, startedAt);
    if (!options.durable || options.firstStartedAt !== undefined || !ledger.isTimed(caller)) return;
    store.markStarted(options.pid, options.fence, startedAt).catch((error: unknown) => {
      logger.error({ error, pid: options.pid }, 'the start of a process could not be recorded');
    });
  }

  readonly #publishChange = (process: Process, from: ProcessState, cause: string) => {
    const { agent, principal, pid, parentPid } = process.options;
    this.#options.events.publish(
      {
        type: 'process-changed',
        pid,
        agent: agent.manifest.name,
        ...(parentPid !== undefined && { parent: parentPid }),
        from,
        to: process.state,
        cause,
      },
      principal.tenant,
    );
  };
}
