// All processes of this kernel: starts them, ends them, and brings durable ones back after a crash.
// Guarantees: a process is on record before its pid is known; its end is on disk before anybody hears of it.

import {
  AiosError,
  type JsonValue,
  type Pid,
  type ProcessDescription,
  type ProcessHealth,
  type ProcessState,
  type SyscallInput,
  type SyscallOutput,
} from '@aios/protocol';
import type { Database } from '../database/index.ts';
import type { Caller, Commit, CommitTransaction, Used } from '../syscall/index.ts';
import type { AgentRegistry } from './agent-registry.ts';
import { type ContinuingCall, continueAsNew } from './continue-as-new.ts';
import { healthOf } from './describe-process.ts';
import { Dormancy } from './dormancy.ts';
import { type Drained, drain } from './drain.ts';
import { ProcessHistory, type ProcessHistoryOptions, Replays } from './history/index.ts';
import { isFinal, SignalBox } from './lifecycle/index.ts';
import { LiveProcesses } from './live-processes.ts';
import { type LayerOf, planProcess } from './plan-process.ts';
import { firstRun, Process, type ProcessOptions, type ProcessPlan, type Run } from './process.ts';
import { optionsOf } from './process-from-row.ts';
import { ProcessRecovery } from './process-recovery.ts';
import { ProcessRunner, type ProcessRunnerOptions } from './process-runner.ts';
import type { Replace } from './process-store.ts';
import { ProcessView } from './process-view.ts';
import { Relocation } from './relocation.ts';
import { setBudget } from './set-budget.ts';
import { Signaller } from './signaller.ts';
import { type SpawnWish, type Start, startLike } from './start-like.ts';
import { type Timers, type WaitingCall, WaitSets, type WaitStore } from './wait/index.ts';
import { processSources, type SourcePlaces } from './wait-sources.ts';

export interface ProcessTableOptions
  extends Omit<ProcessRunnerOptions, 'live' | 'waits' | 'relocation' | 'onRunOver'>,
    Omit<SourcePlaces, 'live'> {
  readonly database: Database;
  readonly conversations: ProcessHistoryOptions['conversations'];
  readonly layerOf: LayerOf;
  readonly forgetApprovals: ProcessHistoryOptions['forgetApprovals'];
  readonly waitStore: WaitStore;
  readonly registry: AgentRegistry;
  readonly timers: Timers;
  /** How long a durable process must do nothing but wait until its code is dropped. */
  readonly dropAfterMs: () => number;
  /** How often a process may break its runtime until it is failed. */
  readonly maxBreaks: () => number;
  /** A process that has ended is not started again after all. */
  readonly cancelRestart: (pid: Pid) => Promise<void>;
}

/** Puts a process on record with `job`, and whatever is to be there exactly if the process is. */
type SpawnCommit<Spawned> = (
  job: (transaction: CommitTransaction) => Promise<{ pid: Pid }>,
) => Promise<Spawned>;

/** Where a process is on record. */
export interface NewPlace {
  readonly pid: Pid;
  readonly run: Run;
}

export class ProcessTable {
  readonly #options: ProcessTableOptions;
  readonly #live: LiveProcesses;
  readonly #runner: ProcessRunner;
  readonly #recovery: ProcessRecovery;
  readonly #dormancy: Dormancy;
  /** What callers may see of them. */
  readonly view: ProcessView;
  readonly signaller: Signaller;
  /** What they wait for. */
  readonly waits: WaitSets;
  /** What they did, to be looked at and gone back to. */
  readonly history: ProcessHistory;
  readonly replays: Replays;
  #closing: AiosError | undefined;
  #isDraining = false;

  constructor(options: ProcessTableOptions) {
    this.#options = options;
    const live = new LiveProcesses(options.store);
    this.#live = live;
    this.view = new ProcessView(live, options.store, options.ledger);
    this.waits = new WaitSets({
      store: options.waitStore,
      sources: processSources({ ...options, live }),
      clock: options.clock,
      timers: options.timers,
      logger: options.logger,
      dropAfterMs: options.dropAfterMs,
      onIdle: (pid) => this.#dormancy.drop(pid),
      onCome: (pid) => void this.#dormancy.rouse(pid),
    });
    const known = { ...options, live, waits: this.waits, dormancy: () => this.#dormancy };
    this.#runner = new ProcessRunner({
      ...known,
      relocation: new Relocation(known),
      onRunOver: (process) => this.#dormancy.renew(process),
    });
    this.signaller = new Signaller({ ...known, view: this.view });
    this.#recovery = new ProcessRecovery({
      ...known,
      runner: this.#runner,
      signaller: this.signaller,
      createProcess: this.#createProcess,
    });
    this.#dormancy = new Dormancy({
      ...known,
      runner: this.#runner,
      resume: (pid, how) => this.#recovery.resume(pid, how),
      lose: (pid, row, cause) => this.#recovery.lose(pid, row, cause),
    });
    const { store: signals } = options.signalRecord;
    this.history = new ProcessHistory({
      ...known,
      signals,
      view: this.view,
      signaller: this.signaller,
      startWithPast: (plan, place, cause) => this.#startWithPast(plan, place, cause),
      plan: (caller, agent, request) =>
        planProcess(caller, this.#spawner(caller), agent, request, options.layerOf),
    });
    this.replays = new Replays({ ...options, history: this.history, signals });
  }

  /** Starts an agent as a child of the caller, with no more than the caller itself may do. */
  async spawn(
    caller: Caller,
    request: SyscallInput<'process.spawn'>,
    commit: SpawnCommit<{ pid: Pid }>,
    cause = 'spawned',
  ): Promise<{ pid: Pid }> {
    const find = async () => ({
      agent: await this.#options.registry.find(request.agent, caller.tenant),
      request,
    });
    return await this.#launch(caller, find, commit, cause);
  }

  /** The same; agent and input are those of another process where the wish has none. */
  async spawnLike<Spawned extends { pid: Pid }>(
    caller: Caller,
    pid: Pid,
    wish: SpawnWish,
    commit: SpawnCommit<Spawned>,
  ): Promise<Spawned> {
    return await this.#launch(
      caller,
      () => startLike(this.#options, pid, wish),
      commit,
      `forked from process ${pid}`,
    );
  }

  async #launch<Spawned extends { pid: Pid }>(
    caller: Caller,
    find: () => Promise<Start>,
    commit: SpawnCommit<Spawned>,
    cause: string,
  ): Promise<Spawned> {
    if (this.#isDraining) throw new AiosError('unavailable', 'The kernel drains and starts nothing new.');
    if (this.#closing) throw new AiosError('unavailable', 'The kernel is closing and starts nothing new.');
    const spawner = this.#spawner(caller);
    const { agent, request } = await find();
    const plan = planProcess(caller, spawner, agent, request, this.#options.layerOf);
    const spawned = await this.#begin(plan, commit, cause);
    if (spawner?.stopped === 'killed') {
      const reason = new AiosError('cancelled', 'Process killed: its parent was killed.');
      this.#live.get(spawned.pid)?.stop('killed', reason);
    }
    return spawned;
  }

  /** Starts a process in the place of one that has ended, with all that was granted to that one. */
  readonly replace: Replace = async (row, supervision, commit) => {
    const agent = await this.#options.registry.reload(row.entry, row.trusted === 1);
    const plan = {
      ...optionsOf(row, agent),
      supervision,
      root: await this.#recovery.rootOf(row),
      fence: 1,
      createdAt: Date.now(),
      recounts: true,
    };
    return await this.#begin(plan, commit, `started in the place of process ${row.pid}`);
  };

  async #begin<Spawned extends { pid: Pid }>(
    plan: ProcessPlan,
    commit: SpawnCommit<Spawned>,
    cause: string,
  ): Promise<Spawned> {
    const create = async (transaction: CommitTransaction) => ({
      pid: await this.#options.store.create(transaction, plan),
    });
    const spawned = await commit(create);
    await this.#start(plan, { pid: spawned.pid, run: firstRun }, cause);
    return spawned;
  }

  #spawner({ process }: Caller): Process | undefined {
    return process && this.#live.get(process.pid);
  }

  /** Starts a process that is on record with a journal. */
  async #startWithPast(plan: ProcessPlan, place: NewPlace, cause: string): Promise<void> {
    if (this.#closing !== undefined) return;
    await this.#options.journal.load(place.pid, place.run.position);
    await this.#start(plan, place, cause);
  }

  /** Starts a process that is on record. */
  async #start(plan: ProcessPlan, { pid, run }: NewPlace, cause: string): Promise<void> {
    const { signalRecord } = this.#options;
    // The spawner may have ended, or have been killed with all its descendants, while the child was put on record.
    const ancestor = await this.#live.nearestLiving(plan.parentPid);
    const signals = new SignalBox(pid, plan.durable ? signalRecord : undefined);
    if (run !== firstRun) signals.load(await signalRecord.store.of(pid, run.sequence));
    const process = this.#createProcess({ ...plan, pid, run }, signals);
    this.#runner.start(process, ancestor, cause);
    if (this.#closing !== undefined) process.stop(stopAtClose(process), this.#closing);
  }

  /** Begins a process anew, as it asks itself: its code runs from its beginning, with this input and an empty journal. */
  async continueAsNew(
    call: ContinuingCall,
    input: JsonValue,
    commit: Commit<{ run: number }>,
  ): Promise<{ run: number }> {
    const { process: calling } = call.caller;
    const process = calling && this.#live.get(calling.pid);
    return await continueAsNew({ process, call, input, commit }, this.#options);
  }

  setBudget(
    caller: Caller,
    input: SyscallInput<'process.budget'>,
    commit: Commit<SyscallOutput<'process.budget'>>,
  ): Promise<SyscallOutput<'process.budget'>> {
    return setBudget({ view: this.view, ...this.#options }, caller, input, commit);
  }

  /** Ends a process and its living descendants, or keeps one that has ended from being started again, and describes it once that is on disk. */
  async kill(caller: Caller, pid: Pid, reason: string): Promise<ProcessDescription> {
    if (this.view.seesAlive(caller, pid)) {
      await this.signaller.kill(pid, new AiosError('cancelled', `Process killed: ${reason}`));
    } else if ((await this.view.get(caller, pid)).restart !== undefined) {
      await this.#options.cancelRestart(pid);
    }
    return await this.view.get(caller, pid);
  }

  /** Resolves with the description once the process has ended; `deadline_exceeded` after the time given. */
  async wait(call: WaitingCall, pid: Pid, timeoutMs: number | undefined): Promise<ProcessDescription> {
    const { caller } = call;
    const described = await this.view.get(caller, pid);
    if (isFinal(described.state)) return described;
    if (caller.process?.pid === pid) {
      throw new AiosError('invalid_argument', 'A process cannot wait for itself to end.');
    }
    using _waiting = this.showWaiting(caller, `waiting for process ${pid}`);
    const request = { mode: 'any' as const, conditions: [{ kind: 'child' as const, pid }], timeoutMs };
    return await this.waits.wait(call, request, () => this.view.get(caller, pid));
  }

  showWaiting({ process }: Caller, cause: string): Disposable | undefined {
    return process && this.#live.get(process.pid)?.life.wait(cause);
  }

  /** Ends a process and its living descendants for a reason of the kernel’s own. */
  end(pid: Pid, reason: AiosError): void {
    this.signaller.kill(pid, reason).catch((error: unknown) => {
      this.#options.logger.error({ error, pid }, 'a process could not be ended');
    });
  }

  /** Shows a process as waiting until the result is disposed. */
  hold(pid: Pid, cause: string): Disposable | undefined {
    return this.#live.get(pid)?.life.wait(cause);
  }

  /** Takes a place in a queue for a call of a process: at once or later, and not while the process is suspended. */
  takePlace<Place>(
    pid: Pid,
    take: (signal: AbortSignal) => Place | Promise<Place>,
    signal: AbortSignal,
  ): Place | Promise<Place> {
    const process = this.#live.get(pid);
    return process === undefined ? take(signal) : process.life.gate.acquire(take, signal);
  }

  isCurrent(pid: Pid, fence: number): boolean {
    const process = this.#live.get(pid);
    return process !== undefined && process.options.fence === fence && process.stopped === undefined;
  }

  /** A process that lives, whoever asks. */
  find(pid: Pid): Process | undefined {
    return this.#live.get(pid);
  }

  /** The living parent, or who adopted the process. */
  parentOf(pid: Pid): Pid | undefined {
    return this.#live.tree.parentOf(pid);
  }

  tenantOf(pid: Pid): string | undefined {
    return this.#live.get(pid)?.options.principal.tenant ?? this.#live.getDormant(pid)?.tenant;
  }

  /** Whether a process of this agent lives. */
  hasLiving(tenant: string, agent: string): boolean {
    return this.#live.hasAgent(tenant, agent);
  }

  healthOf(pid: Pid): ProcessHealth | undefined {
    const process = this.#live.get(pid);
    if (process !== undefined) return healthOf(process);
    return this.#live.getDormant(pid) && 'healthy';
  }

  isAlive(pid: Pid): boolean {
    return this.#live.isAlive(pid);
  }

  /** Counts for a process what the journal answers again, where this kernel has not seen it happen. */
  replayed(pid: Pid, used: Used): void {
    if (this.#live.get(pid)?.options.recounts) this.#options.ledger.replayed(pid, { calls: 1, ...used });
  }

  /** After a crash: durable processes go on from their journals, the others are marked lost. */
  async recover(): Promise<void> {
    await this.#recovery.recover();
  }

  /** Starts nothing more, and brings what runs to rest within the time given. */
  async drain(deadlineMs: number): Promise<Drained> {
    this.#isDraining = true;
    return await drain({ ...this.#options, live: this.#live, waits: this.waits }, deadlineMs);
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Ends all processes: durable ones stay on record as unfinished and go on at the next boot. */
  async close(): Promise<void> {
    const reason = new AiosError('cancelled', 'The kernel closed.');
    this.#closing = reason;
    const rousing = this.#dormancy.close();
    await this.#stopAll(reason);
    await rousing;
    // Those whose code was just being brought back.
    await this.#stopAll(reason);
  }

  async #stopAll(reason: AiosError): Promise<void> {
    const processes = this.#live.all();
    for (const process of processes) process.stop(stopAtClose(process), reason);
    await Promise.all(processes.map((process) => process.exited));
  }

  readonly #createProcess = (
    options: ProcessOptions,
    signals: SignalBox,
    initial: 'created' | 'waiting' = 'created',
  ): Process => new Process(options, signals, this.#publishChange, initial);

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

/** Durable processes go on, and supervised ones are started anew, at the next boot. */
function stopAtClose({ options }: Process): 'parked' | 'interrupted' | 'killed' {
  if (options.durable) return 'parked';
  return options.supervision === undefined ? 'killed' : 'interrupted';
}
