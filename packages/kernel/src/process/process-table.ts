// All processes of this kernel: starts them, ends them, and brings durable ones back after a crash.
// Guarantees: a process is on record before its pid is known; its end is on disk before anybody hears of it.

import {
  AiosError,
  type Budget,
  jsonValue,
  type Pid,
  type ProcessDescription,
  type ProcessState,
  pid as pidSchema,
  processState,
  type SyscallInput,
  type TenantId,
  tenantId,
  toAiosError,
  userId,
} from '@aios/protocol';
import { type BudgetLedger, createPolicy, narrowPolicy } from '../access/index.ts';
import { type Caller, type CallRequest, callSignal, createLine, untilAborted } from '../syscall/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import type { Agent, AgentRegistry } from './agent-registry.ts';
import { budgetOf, describeProcess, describeRow, parseLayers, runtimeSchema } from './describe-process.ts';
import type { ProcessJournal } from './journal.ts';
import { type Exit, Process, type ProcessOptions, type RuntimeName } from './process.ts';
import type { ProcessRow, ProcessStore } from './process-store.ts';
import type { Runtime } from './runtime/runtime.ts';
import { finalStates, isFinal } from './states.ts';

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

export class ProcessTable {
  readonly #options: ProcessTableOptions;
  readonly #live = new Map<Pid, Process>();
  #closing = false;

  constructor(options: ProcessTableOptions) {
    this.#options = options;
  }

  /** Starts an agent as a child of the caller, with no more than the caller itself may do. */
  async spawn(caller: Caller, request: SyscallInput<'process.spawn'>): Promise<Pid> {
    if (this.#closing) throw new AiosError('unavailable', 'The kernel is closing and starts nothing new.');
    const { store, registry } = this.#options;
    const agent = await registry.find(request.agent);
    const { manifest } = agent;
    const declared = narrowPolicy(caller.policy, manifest.permissions);
    const policy = request.permissions === undefined ? declared : narrowPolicy(declared, request.permissions);
    const parent = caller.process && this.#live.get(caller.process.pid);
    const process: Omit<ProcessOptions, 'pid'> = {
      parent,
      parentPid: caller.process?.pid,
      agent,
      runtime: chooseRuntime(agent, request.runtime),
      durable: request.durable,
      fence: 1,
      input: request.input,
      budget: smallerBudget(manifest.budget, request.budget),
      principal: { tenant: caller.tenant, user: caller.user, policy },
      createdAt: Date.now(),
    };
    const pid = await store.create(process);
    this.#start(new Process({ ...process, pid }, this.#publishChange), 'spawned');
    return pid;
  }

  /** Ends a process and its living descendants, and describes it once that is on disk. */
  async kill(caller: Caller, pid: Pid, reason: string): Promise<ProcessDescription> {
    const target = this.#live.get(pid);
    if (target === undefined || !sees(caller, target)) return await this.get(caller, pid);
    const family = [...this.#live.values()].filter((process) => process.isWithin(pid));
    for (const process of family)
      process.stop('killed', new AiosError('cancelled', `Process killed: ${reason}`));
    await Promise.all(family.map((process) => process.exited));
    return await this.get(caller, pid);
  }

  async get(caller: Caller, pid: Pid): Promise<ProcessDescription> {
    const live = this.#live.get(pid);
    if (live !== undefined) {
      if (!sees(caller, live)) throw notFound(pid);
      return describeProcess(live, this.#usedBy(live));
    }
    const { store } = this.#options;
    const row = await store.find(pid);
    const ancestor = caller.process?.pid;
    const isVisible =
      row !== undefined &&
      row.tenant === caller.tenant &&
      (ancestor === undefined || ancestor === pid || (await store.descends(pid, ancestor)));
    if (!isVisible) throw notFound(pid);
    return describeRow(row);
  }

  /** Newest first. */
  async list(
    caller: Caller,
    states: readonly ProcessState[] | undefined,
    limit: number,
  ): Promise<ProcessDescription[]> {
    const wanted = new Set(states ?? processState.options);
    const live = [...this.#live.values()].filter(
      (process) => wanted.has(process.state) && sees(caller, process),
    );
    const ended = finalStates.filter((state) => wanted.has(state));
    const rows = await this.#options.store.list(caller.tenant, ended, caller.process?.pid, limit);
    const described = [
      ...live.map((process) => describeProcess(process, this.#usedBy(process))),
      ...rows.filter(({ pid }) => !this.#live.has(pidSchema.parse(pid))).map(describeRow),
    ];
    return described.sort((left, right) => right.pid - left.pid).slice(0, limit);
  }

  /** Resolves with the description once the process has ended; `deadline_exceeded` after the time given. */
  async wait(
    caller: Caller,
    pid: Pid,
    timeoutMs: number | undefined,
    signal: AbortSignal,
  ): Promise<ProcessDescription> {
    const process = this.#live.get(pid);
    if (process !== undefined && sees(caller, process)) {
      const waiter = caller.process && this.#live.get(caller.process.pid);
      if (waiter === process)
        throw new AiosError('invalid_argument', 'A process cannot wait for itself to end.');
      using _waiting = waiter?.wait(`waiting for process ${pid}`);
      using ending = callSignal([signal], timeoutMs);
      await untilAborted(process.exited, ending.signal);
    }
    return await this.get(caller, pid);
  }

  /** Whether a living process is another one or descends from it. */
  isWithin(pid: Pid, ancestor: Pid): boolean {
    return pid === ancestor || (this.#live.get(pid)?.isWithin(ancestor) ?? false);
  }

  isCurrent(pid: Pid, fence: number): boolean {
    const process = this.#live.get(pid);
    return process !== undefined && process.options.fence === fence && process.stopped === undefined;
  }

  isAlive(pid: Pid): boolean {
    return this.#live.has(pid);
  }

  /** How many living processes are in each state. */
  countLiving(): Partial<Record<ProcessState, number>> {
    const counts: Partial<Record<ProcessState, number>> = {};
    for (const { state } of this.#live.values()) {
      if (!isFinal(state)) counts[state] = (counts[state] ?? 0) + 1;
    }
    return counts;
  }

  /** How many processes of a tenant there are in each state, ended ones included. */
  async count(tenant: TenantId): Promise<Partial<Record<ProcessState, number>>> {
    return { ...(await this.#options.store.countEnded(tenant)), ...this.countLiving() };
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
        parent: parentPid && this.#live.get(parentPid),
        parentPid,
        agent,
        runtime: runtimeSchema.parse(row.runtime),
        durable: true,
        fence: row.fence + 1,
        input: jsonValue.parse(JSON.parse(row.input)),
        budget: budgetOf(row),
        principal: {
          tenant: tenantId.parse(row.tenant),
          user: userId.parse(row.owner),
          policy: createPolicy(parseLayers(row)),
        },
        createdAt: row.created_at,
      },
      this.#publishChange,
    );
    this.#start(process, 'resumed after the kernel stopped');
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
    const { pid, parentPid, budget, agent, principal } = process.options;
    this.#live.set(pid, process);
    ledger.open(pid, parentPid, budget);
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
    this.#options.ledger.close(process.pid);
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
      signal: process.signal,
      numbered: true,
    });
    const started = () => {
      // A thread may still say so of a process that was killed in the meantime.
      if (process.stopped !== undefined) return;
      process.startedAt = Date.now();
      process.moveTo('running', 'started');
    };
    try {
      const task = { pid, entry: agent.entry, input, line, signal: process.signal, started };
      const output = await untilAborted(runtimes[runtime].run(task), process.signal);
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
      await store.markEnded(process, exit, this.#usedBy(process));
    } catch (error) {
      logger.error(
        { error, pid: process.pid },
        'the end of a process could not be recorded; it counts as unfinished',
      );
    }
    const cause = exit.state === 'succeeded' ? 'the agent returned' : exit.error.detail;
    if (!isFinal(process.state)) process.moveTo(exit.state, cause);
  }

  #usedBy(process: Process) {
    return this.#options.ledger.used(process.pid) ?? { calls: 0, tokens: 0 };
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

/** Users see the processes of their tenant, a process sees itself and its descendants. */
function sees(caller: Caller, process: Process): boolean {
  if (process.options.principal.tenant !== caller.tenant) return false;
  return caller.process === undefined || process.isWithin(caller.process.pid);
}

function notFound(pid: Pid): AiosError {
  return new AiosError('not_found', `There is no process ${pid} here. "aios ps --all" lists them.`);
}

function chooseRuntime(agent: Agent, asked: RuntimeName | undefined): RuntimeName {
  if (asked === 'inline' && !agent.trusted) {
    throw new AiosError(
      'permission_denied',
      `"${agent.manifest.name}" is not a trusted agent, so it cannot run inline. Leave the runtime out, or ask for "worker".`,
    );
  }
  const wanted = asked ?? agent.manifest.runtime;
  return agent.trusted ? wanted : 'worker';
}

function smallerBudget(left: Budget, right: Budget): Budget {
  const smaller = (one: number | undefined, other: number | undefined) =>
    one === undefined ? other : other === undefined ? one : Math.min(one, other);
  const tokens = smaller(left.tokens, right.tokens);
  const calls = smaller(left.calls, right.calls);
  return { ...(tokens !== undefined && { tokens }), ...(calls !== undefined && { calls }) };
}
