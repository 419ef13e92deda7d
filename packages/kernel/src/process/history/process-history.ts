import {
  AiosError,
  type CheckpointId,
  type Pid,
  pid as pidSchema,
  runtimeName,
  type SyscallInput,
  type SyscallOutput,
} from '@aios/protocol';
import { createPolicy, joinPolicies } from '../../access/index.ts';
import type { ConversationHistories } from '../../context/index.ts';
import type { Database } from '../../database/index.ts';
import type { Caller, Commit, CommitTransaction } from '../../syscall/index.ts';
import type { Agent, AgentRegistry } from '../agent-registry.ts';
import { budgetOf, parseLayers } from '../describe-process.ts';
import type { Dormancy } from '../dormancy.ts';
import type { EffectLedger } from '../effects/index.ts';
import {
  counts,
  type History,
  historyUpTo,
  lastCall,
  type ProcessJournal,
  positionOfCall,
} from '../journal/index.ts';
import type { SignalStore } from '../lifecycle/index.ts';
import type { LiveProcesses } from '../live-processes.ts';
import type { ProcessPlan, Run } from '../process.ts';
import type { ProcessRow, ProcessStore } from '../process-store.ts';
import type { ProcessView } from '../process-view.ts';
import type { Signaller } from '../signaller.ts';
import { spawnedBetween } from './spawned.ts';

export interface ProcessHistoryOptions {
  readonly database: Database;
  readonly live: LiveProcesses;
  readonly view: ProcessView;
  readonly store: ProcessStore;
  readonly journal: ProcessJournal;
  readonly effects: EffectLedger;
  readonly signals: SignalStore;
  readonly registry: AgentRegistry;
  readonly signaller: Signaller;
  readonly dormancy: () => Dormancy;
  readonly conversations: ConversationHistories;
  /** What was approved of the calls after this one is good for nothing any more. */
  readonly forgetApprovals: (transaction: CommitTransaction, pid: Pid, after: number) => Promise<void>;
  /** Starts a process that is on record with a journal. */
  readonly startWithPast: (
    plan: ProcessPlan,
    place: { readonly pid: Pid; readonly run: Run },
    cause: string,
  ) => Promise<void>;
  readonly plan: (caller: Caller, agent: Agent, request: SyscallInput<'process.spawn'>) => ProcessPlan;
}

/** A durable process, its row and what it did in its present run. */
interface Known {
  readonly pid: Pid;
  readonly row: ProcessRow;
  readonly history: History;
}

/** Takes a process back within a transaction, and says how many of its calls count no longer. */
export type TakeBack = (transaction: CommitTransaction) => Promise<{ cut: number }>;

/** A record of a process’s journal: up to it, it is to be as it was. */
export interface Point {
  readonly pid: Pid;
  readonly position: number;
}

export class ProcessHistory {
  readonly #options: ProcessHistoryOptions;

  constructor(options: ProcessHistoryOptions) {
    this.#options = options;
  }

  /** Throws `not_found` for a process that the caller may not see, `failed_precondition` for one that has no journal. */
  async read(caller: Caller, pid: Pid): Promise<Known> {
    const { view, store, journal } = this.#options;
    await view.get(caller, pid);
    const row = await store.find(pid);
    if (row === undefined || row.durable === 0) throw noJournal(pid);
    return { pid, row, history: await journal.history(pid, row.run_position) };
  }

  /** Begins a process that has the past of another, up to a call, and a future of its own. */
  async fork(
    caller: Caller,
    { pid, at }: SyscallInput<'process.fork'>,
    commit: Commit<SyscallOutput<'process.fork'>>,
  ): Promise<SyscallOutput<'process.fork'>> {
    const { registry, store, journal, effects, signals, conversations } = this.#options;
    const known = await this.read(caller, pid);
    const { row } = known;
    const history =
      at === undefined ? known.history : historyUpTo(known.history, positionOfCall(pid, known.history, at));
    const agent = await registry.reload(row.entry, row.trusted === 1);
    const plan = this.#planLike(caller, agent, row);
    const inFlight = await this.#underWay(pid, history);
    const call = lastCall(history);
    const isFirst = history.records[0]?.kind !== 'run';
    const run = { number: row.run, position: isFirst ? 0 : 1, sequence: row.run_sequence };
    const forked = await commit(async (transaction) => {
      const to = await store.create(transaction, plan);
      await store.beginRun(transaction, to, { ...run, input: plan.input, startedAt: undefined });
      await journal.copy(transaction, history, to);
      await effects.store.copy(transaction, inFlight, to);
      await signals.copy(transaction, pid, to, row.run_sequence, call);
      const holder = { tenant: plan.principal.tenant, user: plan.principal.user, pid: to };
      const positions = history.records.map(({ position }) => position);
      if (row.owner === plan.principal.user) await conversations.copy(transaction, pid, holder, positions);
      return { pid: to, call };
    });
    const to = pidSchema.parse(forked.pid);
    const cause = `forked from process ${pid} after its call ${call}`;
    await this.#options.startWithPast(plan, { pid: to, run }, cause);
    return forked;
  }

  /** Takes a process back to a call of its own or a checkpoint; what it did since is on record, and counts no longer. */
  async revert(
    caller: Caller,
    { pid, call, checkpoint }: SyscallInput<'process.revert'>,
    commit: Commit<SyscallOutput<'process.revert'>>,
  ): Promise<SyscallOutput<'process.revert'>> {
    if ((call === undefined) === (checkpoint === undefined)) throw notOnePoint();
    const known = await this.read(caller, pid);
    const position =
      checkpoint === undefined
        ? positionOfCall(pid, known.history, call ?? 0)
        : await this.positionOfCheckpoint(known, checkpoint);
    const to = lastCall(historyUpTo(known.history, position));
    const cause = checkpoint === undefined ? `its call ${to}` : `checkpoint ${checkpoint}`;
    return await this.takeBack(
      caller,
      { pid, position },
      `taken back to ${cause}`,
      async (change, killed) => {
        return await commit(async (transaction) => {
          const { cut } = await change(transaction);
          return { pid, call: to, takenBack: cut, killed };
        });
      },
    );
  }

  /** Throws `not_found` for one of another process, `failed_precondition` for one that the present run did not come by. */
  async positionOfCheckpoint({ pid, row, history }: Known, id: CheckpointId): Promise<number> {
    const { pid: whose, journalPosition } = await this.#options.conversations.checkpoint(id);
    if (whose !== pid) throw notItsCheckpoint(pid, id);
    const isOfRun = journalPosition !== undefined && journalPosition >= row.run_position;
    if (!isOfRun || !counts(history, journalPosition)) throw pastIsGone(pid, id);
    return journalPosition;
  }

  /**
   * Stops the code of a process, ends what it started since, lets `record` put the change on record with what else belongs to
   * it, and runs the code again.
   */
  async takeBack<Output>(
    caller: Caller,
    { pid, position }: Point,
    cause: string,
    record: (change: TakeBack, killed: Pid[]) => Promise<Output>,
  ): Promise<Output> {
    const { dormancy, view, live } = this.#options;
    if (caller.process !== undefined && live.tree.isWithin(caller.process.pid, pid)) throw ownPast();
    if (!view.seesAlive(caller, pid)) throw hasEnded(pid);
    return await dormancy().amend(pid, cause, async () => {
      // What it has done by now is final: its code is gone.
      const killed = await this.#endSpawned({ pid, position }, cause);
      return await record((transaction) => this.#cut(transaction, { pid, position }), killed);
    });
  }

  async #cut(transaction: CommitTransaction, { pid, position }: Point): Promise<{ cut: number }> {
    const { store, journal, effects, signals, conversations } = this.#options;
    const row = await store.fenceOff(transaction, pid);
    if (row === undefined) throw hasEnded(pid);
    const history = await journal.historyIn(transaction, pid, row.run_position);
    const kept = historyUpTo(history, position);
    await effects.store.markUnknown(transaction, pid);
    await journal.takeBack(transaction, pid, position);
    const last = Math.max(lastCall(kept), row.run_sequence);
    await signals.unhear(transaction, pid, last);
    await this.#options.forgetApprovals(transaction, pid, last);
    await conversations.takeBack(
      transaction,
      { pid, tenant: row.tenant, user: row.owner, agent: row.agent },
      position,
    );
    const answered = ({ records }: History) =>
      records.filter(({ kind, nested }) => kind === 'answer' && nested === '').length;
    return { cut: answered(history) - answered(kept) };
  }

  /** Ends the children that it started after the point, with their descendants. */
  async #endSpawned({ pid, position }: Point, cause: string): Promise<Pid[]> {
    const { store, journal, live, signaller } = this.#options;
    const row = await store.find(pid);
    if (row === undefined) throw hasEnded(pid);
    const spawned = spawnedBetween(await journal.history(pid, row.run_position), position);
    const living = spawned.filter((child) => live.isAlive(child));
    const reason = new AiosError('cancelled', `Process killed: its parent, process ${pid}, was ${cause}.`);
    await Promise.all(living.map((child) => signaller.kill(child, reason)));
    return living;
  }

  /** Effects whose calls have begun in this past and have no answer in it. */
  async #underWay(pid: Pid, { records }: History) {
    const answered = new Set(records.filter(({ kind }) => kind === 'answer').map(placeOf));
    const begun = new Set(records.filter(({ kind }) => kind === 'intent').map(placeOf));
    const rows = await this.#options.effects.store.of(pid);
    return rows.filter(
      (row) => begun.has(placeOf(row)) && !answered.has(placeOf(row)) && row.state !== 'planned',
    );
  }

  /** As the other one is, and no more than the caller may do. */
  #planLike(caller: Caller, agent: Agent, row: ProcessRow): ProcessPlan {
    const plan = this.#options.plan(caller, agent, {
      agent: row.agent,
      input: JSON.parse(row.input),
      runtime: runtimeName.parse(row.runtime),
      budget: budgetOf(row),
      group: 'new',
      durable: true,
    });
    const policy = joinPolicies(createPolicy(parseLayers(row)), caller.policy);
    return { ...plan, principal: { ...plan.principal, policy } };
  }
}

function placeOf({ sequence, nested }: { sequence: number; nested: string }): string {
  return `${sequence}.${nested}`;
}

function noJournal(pid: Pid): AiosError {
  return new AiosError(
    'failed_precondition',
    `Process ${pid} has no journal. Only durable processes have one: start the agent with --durable.`,
  );
}

function hasEnded(pid: Pid): AiosError {
  return new AiosError(
    'failed_precondition',
    `Process ${pid} has ended and cannot be taken back. "aios fork ${pid} --at CALL" goes on from any of its calls.`,
  );
}

function notOnePoint(): AiosError {
  return new AiosError(
    'invalid_argument',
    'Give either `call` or `checkpoint`: where the process is to go back to.',
  );
}

function notItsCheckpoint(pid: Pid, id: CheckpointId): AiosError {
  return new AiosError(
    'not_found',
    `Process ${pid} has no checkpoint ${id}. "aios context list ${pid}" shows those it has.`,
  );
}

function pastIsGone(pid: Pid, id: CheckpointId): AiosError {
  return new AiosError(
    'failed_precondition',
    `Checkpoint ${id} is of a past of process ${pid} that counts no longer: of an earlier run, or of what was taken back. Choose a later one.`,
  );
}

function ownPast(): AiosError {
  return new AiosError(
    'permission_denied',
    'A process cannot take itself, or what it descends from, back. Its parent or a person can.',
  );
}
