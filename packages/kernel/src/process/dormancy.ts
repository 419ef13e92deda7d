// Processes that wait without their code: a durable process that does nothing but wait is dropped after a while, and its code
// runs again, answered from its journal, when what it waits for may have come.

import { AiosError, type Pid, pid as pidSchema, tenantId, toAiosError, userId } from '@aios/protocol';
import type { BudgetLedger } from '../access/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import { budgetOf } from './describe-process.ts';
import type { ProcessJournal } from './journal/index.ts';
import { ended } from './lifecycle/index.ts';
import type { Dormant, LiveProcesses } from './live-processes.ts';
import type { Process } from './process.ts';
import type { ProcessRunner } from './process-runner.ts';
import type { ProcessRow, ProcessStore } from './process-store.ts';
import type { OpenWaitSet, WaitSets, WaitStore } from './wait/index.ts';

export interface Resumption {
  /** See the options of a process. */
  readonly recounts: boolean;
  readonly cause: string;
  /** Whether calls of it may have been under way. */
  readonly wasCutOff: boolean;
}

export interface DormancyOptions {
  readonly live: LiveProcesses;
  readonly store: ProcessStore;
  readonly waitStore: WaitStore;
  readonly waits: WaitSets;
  readonly journal: ProcessJournal;
  readonly runner: ProcessRunner;
  readonly ledger: BudgetLedger;
  readonly events: EventBus;
  readonly logger: Logger;
  /** Brings the code of a process back; undefined where it has ended. */
  readonly resume: (pid: Pid, how: Resumption) => Promise<Process | undefined>;
  readonly lose: (pid: Pid, row: ProcessRow, cause: string) => Promise<void>;
}

export class Dormancy {
  readonly #options: DormancyOptions;
  /** Drops that are not on disk yet. */
  readonly #dropping = new Map<Pid, Promise<void>>();
  readonly #rousing = new Map<Pid, Promise<Process | undefined>>();
  #isClosed = false;

  constructor(options: DormancyOptions) {
    this.#options = options;
  }

  /** Drops the code of a process if all that it does is to wait. */
  drop(pid: Pid): void {
    const { live, waits } = this.#options;
    const process = live.get(pid);
    const sets = waits.openOf(pid);
    if (this.#isClosed || process === undefined || !mayDrop(process, sets)) return;
    const dormant = this.#leaveCode(process);
    const recording = this.#record(process, sets);
    live.record(recording);
    const dropping = recording
      .then(() => this.#rest(dormant, sets))
      .finally(() => this.#dropping.delete(pid));
    this.#dropping.set(pid, dropping);
  }

  /** Runs the code of a process from its beginning, in the run that is on disk. */
  renew(process: Process): void {
    const { live, waits } = this.#options;
    if (this.#isClosed || process.stopped !== undefined || live.get(process.pid) !== process) return;
    process.life.leave('begins anew');
    this.#leaveCode(process);
    waits.leave(process.pid);
    void this.#bring(process.pid, { recounts: false, cause: 'its code begins anew', wasCutOff: false });
  }

  /** Runs the code of a process again whose runtime broke under it. */
  async revive(process: Process, cause: string): Promise<void> {
    if (this.#isClosed) return;
    this.#leaveCode(process);
    await this.#bring(process.pid, { recounts: false, cause, wasCutOff: true });
  }

  /**
   * Changes on disk what the code of a process comes from, while it does not run, and runs it again. Throws what `change`
   * throws; the process goes on as it was then. Throws `failed_precondition` for one that has ended.
   */
  async amend<Output>(pid: Pid, cause: string, change: () => Promise<Output>): Promise<Output> {
    const { live, waits } = this.#options;
    await this.#rousing.get(pid);
    await this.#dropping.get(pid);
    const process = live.get(pid);
    const isAlive =
      process === undefined ? live.getDormant(pid) !== undefined : process.stopped === undefined;
    if (!isAlive || this.#isClosed || this.#rousing.has(pid)) throw notNow(pid);
    process?.life.leave(cause);
    if (process !== undefined) this.#leaveCode(process);
    waits.leave(pid);
    const recounts = live.getDormant(pid)?.recounts ?? false;
    const changing = change();
    // Whoever wants it back meanwhile waits until it is changed.
    const rousing = changing
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => this.#rouse(pid, { recounts, cause, wasCutOff: true }))
      .finally(() => this.#rousing.delete(pid));
    this.#rousing.set(pid, rousing);
    const output = await changing;
    await rousing;
    return output;
  }

  /** Takes in a process that an earlier kernel left dormant; `watch` begins to look at what it waits for. */
  adopt(row: ProcessRow, parent: Pid | undefined): void {
    const pid = pidSchema.parse(row.pid);
    const tenant = tenantId.parse(row.tenant);
    const { live, ledger } = this.#options;
    const user = userId.parse(row.owner);
    live.addDormant({ pid, agent: row.agent, tenant, user, recounts: true }, parent);
    ledger.open({ pid, parent, tenant, agent: row.agent, budget: budgetOf(row), durable: true });
  }

  watch(pid: Pid, sets: readonly OpenWaitSet[]): void {
    const dormant = this.#options.live.getDormant(pid);
    if (dormant !== undefined) this.#rest(dormant, sets);
  }

  /** The process with its code running again; undefined where it has ended or could not be brought back. */
  rouse(pid: Pid): Promise<Process | undefined> {
    const recounts = this.#options.live.getDormant(pid)?.recounts ?? false;
    return this.#bring(pid, { recounts, cause: 'what it waits for may have come', wasCutOff: false });
  }

  #bring(pid: Pid, how: Resumption): Promise<Process | undefined> {
    const { live } = this.#options;
    const known = this.#rousing.get(pid);
    if (known !== undefined) return known;
    const process = live.get(pid);
    if (process !== undefined || live.getDormant(pid) === undefined) return Promise.resolve(process);
    const rousing = this.#rouse(pid, how).finally(() => this.#rousing.delete(pid));
    this.#rousing.set(pid, rousing);
    return rousing;
  }

  /** Ends one without bringing its code back. */
  async kill(pid: Pid, reason: AiosError): Promise<void> {
    const { live, store, runner, ledger, waits, events } = this.#options;
    const process = await this.#rousing.get(pid);
    if (process !== undefined) {
      process.stop('killed', reason);
      return await process.exited;
    }
    await this.#dropping.get(pid);
    const dormant = live.getDormant(pid);
    const row = dormant && (await store.find(pid));
    if (dormant === undefined || row === undefined || live.getDormant(pid) !== dormant) return;
    waits.leave(pid);
    const used = ledger.used(pid);
    await store.markEnded({ pid, fence: row.fence, startedAt: undefined }, ended('killed', reason), used);
    events.publish(
      {
        type: 'process-changed',
        pid,
        agent: row.agent,
        ...(row.parent !== null && { parent: pidSchema.parse(row.parent) }),
        from: 'waiting',
        to: 'killed',
        cause: reason.message,
      },
      dormant.tenant,
    );
    runner.leave(dormant, true);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([...this.#dropping.values(), ...this.#rousing.values()]);
  }

  /** It is alive without its code from now on. */
  #leaveCode(process: Process): Dormant {
    const { live, journal, ledger } = this.#options;
    const { pid } = process;
    const { agent, principal } = process.options;
    process.drop();
    journal.forget(pid);
    ledger.rest(pid);
    const { tenant, user } = principal;
    const dormant = { pid, agent: agent.manifest.name, tenant, user, recounts: false };
    live.addDormant(dormant, undefined);
    return dormant;
  }

  async #record(process: Process, sets: readonly OpenWaitSet[]): Promise<void> {
    const { waitStore, store, ledger, logger } = this.#options;
    const { pid, options, startedAt } = process;
    try {
      await waitStore.put(pid, sets);
      await store.markDormant({ pid, fence: options.fence, startedAt }, ledger.used(pid));
    } catch (error) {
      // The next kernel runs its code again, which waits again.
      logger.error({ error, pid }, 'it could not be recorded that a process waits without its code');
    }
  }

  #rest(dormant: Dormant, sets: readonly OpenWaitSet[]): void {
    if (!this.#isClosed) this.#options.waits.rest(dormant, sets);
  }

  async #rouse(pid: Pid, how: Resumption): Promise<Process | undefined> {
    const { live, store, waits, logger, resume, lose } = this.#options;
    await this.#dropping.get(pid);
    const dormant = live.getDormant(pid);
    if (dormant === undefined || this.#isClosed) return live.get(pid);
    waits.leave(pid);
    try {
      return await resume(pid, how);
    } catch (error) {
      logger.error({ error, pid }, 'the code of a process could not be run again');
      const row = await store.find(pid);
      if (row !== undefined) await lose(pid, row, toAiosError(error).message);
      this.#options.runner.leave(dormant, true);
      return undefined;
    }
  }
}

function mayDrop(process: Process, sets: readonly OpenWaitSet[]): boolean {
  if (!process.options.durable || process.stopped !== undefined || process.ending.aborted) return false;
  return process.state === 'waiting' && sets.length > 0 && process.openCalls === sets.length;
}

function notNow(pid: Pid): AiosError {
  return new AiosError(
    'failed_precondition',
    `Process ${pid} has just ended, or is being changed by somebody else. Look at it with "aios inspect ${pid}".`,
  );
}
