// All processes of this kernel: starts them, ends them, and brings durable ones back after a crash.
// Guarantees: a process is on record before its pid is known; its end is on disk before anybody hears of it.

import {
  AiosError,
  jsonValue,
  type Pid,
  type ProcessDescription,
  type ProcessState,
  type SyscallInput,
} from '@aios/protocol';
import type { Clock } from '../clock/index.ts';
import { type Caller, type CommitTransaction, callSignal, untilAborted } from '../syscall/index.ts';
import type { Agent, AgentRegistry } from './agent-registry.ts';
import { SignalBox, type SignalRecord } from './lifecycle/index.ts';
import { LiveProcesses } from './live-processes.ts';
import { planProcess } from './plan-process.ts';
import { Process, type ProcessOptions } from './process.ts';
import { ProcessRecovery } from './process-recovery.ts';
import { ProcessRunner, type ProcessRunnerOptions } from './process-runner.ts';
import { ProcessView } from './process-view.ts';
import { Signaller } from './signaller.ts';

export interface ProcessTableOptions extends Omit<ProcessRunnerOptions, 'live'> {
  readonly signalRecord: SignalRecord;
  readonly registry: AgentRegistry;
  readonly clock: Clock;
}

/** Puts a process on record with `job`, and whatever is to be there exactly if the process is. */
type SpawnCommit<Spawned> = (
  job: (transaction: CommitTransaction) => Promise<{ pid: Pid }>,
) => Promise<Spawned>;

/** What a process is to be, where it is not to be as another one. */
type SpawnWish = Omit<SyscallInput<'process.spawn'>, 'agent' | 'input'> &
  Partial<Pick<SyscallInput<'process.spawn'>, 'agent' | 'input'>>;

interface Start {
  readonly agent: Agent;
  readonly request: SyscallInput<'process.spawn'>;
}

export class ProcessTable {
  readonly #options: ProcessTableOptions;
  readonly #live: LiveProcesses;
  readonly #runner: ProcessRunner;
  readonly #recovery: ProcessRecovery;
  /** What callers may see of them. */
  readonly view: ProcessView;
  readonly signaller: Signaller;
  #closing: AiosError | undefined;

  constructor(options: ProcessTableOptions) {
    this.#options = options;
    const live = new LiveProcesses(options.store);
    this.#live = live;
    this.view = new ProcessView(live, options.store, options.ledger);
    this.#runner = new ProcessRunner({ ...options, live });
    this.signaller = new Signaller({ ...options, live, view: this.view });
    this.#recovery = new ProcessRecovery({
      ...options,
      live,
      runner: this.#runner,
      signaller: this.signaller,
      createProcess: this.#createProcess,
    });
  }

  /** Starts an agent as a child of the caller, with no more than the caller itself may do. */
  async spawn(
    caller: Caller,
    request: SyscallInput<'process.spawn'>,
    commit: SpawnCommit<{ pid: Pid }>,
  ): Promise<{ pid: Pid }> {
    const find = async () => ({ agent: await this.#options.registry.find(request.agent), request });
    return await this.#launch(caller, find, commit);
  }

  /** The same; agent and input are those of another process where the wish has none. */
  async spawnLike<Spawned extends { pid: Pid }>(
    caller: Caller,
    pid: Pid,
    wish: SpawnWish,
    commit: SpawnCommit<Spawned>,
  ): Promise<Spawned> {
    return await this.#launch(caller, () => this.#findLike(pid, wish), commit);
  }

  async #findLike(pid: Pid, wish: SpawnWish): Promise<Start> {
    const { store, registry } = this.#options;
    const row = await store.find(pid);
    if (row === undefined) throw new AiosError('not_found', `There is no process ${pid}.`);
    const agent =
      wish.agent === undefined
        ? await registry.reload(row.entry, row.trusted === 1)
        : await registry.find(wish.agent);
    const input = wish.input === undefined ? jsonValue.parse(JSON.parse(row.input)) : wish.input;
    return { agent, request: { ...wish, agent: row.agent, input } };
  }

  async #launch<Spawned extends { pid: Pid }>(
    caller: Caller,
    find: () => Promise<Start>,
    commit: SpawnCommit<Spawned>,
  ): Promise<Spawned> {
    if (this.#closing) throw new AiosError('unavailable', 'The kernel is closing and starts nothing new.');
    const { store, signalRecord } = this.#options;
    const spawner = caller.process && this.#live.get(caller.process.pid);
    const { agent, request } = await find();
    const plan = planProcess(caller, spawner, agent, request);
    const spawned = await commit(async (transaction) => ({ pid: await store.create(transaction, plan) }));
    const { pid } = spawned;
    // The spawner may have ended, or have been killed with all its descendants, while the child was put on record.
    const ancestor = await this.#live.nearestLiving(caller.process?.pid);
    const signals = new SignalBox(pid, plan.durable ? signalRecord : undefined);
    const process = this.#createProcess({ ...plan, pid }, signals);
    const parent = ancestor === undefined ? undefined : this.#live.get(ancestor);
    this.#runner.start(process, parent, 'spawned');
    if (spawner?.stopped === 'killed')
      process.stop('killed', new AiosError('cancelled', `Process killed: its parent was killed.`));
    if (this.#closing !== undefined) process.stop(plan.durable ? 'parked' : 'killed', this.#closing);
    return spawned;
  }

  /** Ends a process and its living descendants, and describes it once that is on disk. */
  async kill(caller: Caller, pid: Pid, reason: string): Promise<ProcessDescription> {
    if (this.view.findLiving(caller, pid) !== undefined) {
      const error = new AiosError('cancelled', `Process killed: ${reason}`);
      await this.signaller.kill(this.#live.withDescendants(pid), error);
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
      using _waiting = waiter?.life.wait(`waiting for process ${pid}`);
      using ending = callSignal([signal], timeoutMs);
      await untilAborted(process.exited, ending.signal);
    }
    return await this.view.get(caller, pid);
  }

  /** Ends a process and its living descendants for a reason of the kernel’s own. */
  end(pid: Pid, reason: AiosError): void {
    for (const process of this.#live.withDescendants(pid)) process.stop('killed', reason);
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

  isAlive(pid: Pid): boolean {
    return this.#live.get(pid) !== undefined;
  }

  /** After a crash: durable processes go on from their journals, the others are marked lost. */
  async recover(): Promise<void> {
    await this.#recovery.recover();
  }

  /** Ends all processes: durable ones stay on record as unfinished and go on at the next boot. */
  async close(): Promise<void> {
    const reason = new AiosError('cancelled', 'The kernel closed.');
    this.#closing = reason;
    const processes = this.#live.all();
    for (const process of processes) process.stop(process.options.durable ? 'parked' : 'killed', reason);
    await Promise.all(processes.map((process) => process.exited));
  }

  readonly #createProcess = (options: ProcessOptions, signals: SignalBox): Process =>
    new Process(options, signals, this.#publishChange);

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
