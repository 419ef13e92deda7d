import {
  AiosError,
  type Pid,
  type ProcessDescription,
  type ProcessState,
  pid as pidSchema,
  processState,
  type SyscallInput,
  type TenantId,
} from '@aios/protocol';
import type { BudgetLedger } from '../access/index.ts';
import type { Caller } from '../syscall/index.ts';
import { describeProcess, describeRow } from './describe-process.ts';
import { finalStates, isFinal } from './lifecycle/index.ts';
import type { LiveProcesses } from './live-processes.ts';
import type { Process } from './process.ts';
import type { ProcessRow, ProcessStore } from './process-store.ts';

/** What a caller may see of processes: a user those of the tenant, a process itself and its descendants. */
export class ProcessView {
  readonly #live: LiveProcesses;
  readonly #store: ProcessStore;
  readonly #ledger: BudgetLedger;

  constructor(live: LiveProcesses, store: ProcessStore, ledger: BudgetLedger) {
    this.#live = live;
    this.#store = store;
    this.#ledger = ledger;
  }

  /** The process, while it lives and the caller may see it. */
  findLiving(caller: Caller, pid: Pid): Process | undefined {
    const process = this.#live.get(pid);
    return process !== undefined && this.sees(caller, process) ? process : undefined;
  }

  /** Throws `not_found` for one that is not there and for one that the caller may not see. */
  async get(caller: Caller, pid: Pid): Promise<ProcessDescription> {
    const living = this.#live.get(pid);
    // For a moment one that has ended is still among the living; its row alone tells how it ended.
    if (living !== undefined && !isFinal(living.state)) {
      if (!this.sees(caller, living)) throw notFound(pid);
      return this.#describe(living);
    }
    const row = await this.#store.find(pid);
    const ancestor = caller.process?.pid;
    const isVisible =
      row !== undefined &&
      row.tenant === caller.tenant &&
      (ancestor === undefined || ancestor === pid || (await this.#store.descends(pid, ancestor)));
    if (!isVisible) throw notFound(pid);
    return this.#describeRow(row);
  }

  /** Newest first. */
  async list(
    caller: Caller,
    { states = processState.options, group, limit }: SyscallInput<'process.list'>,
  ): Promise<ProcessDescription[]> {
    const wanted = new Set(states);
    await this.#live.recorded();
    const living = this.#live
      .all()
      .filter(
        (process) =>
          wanted.has(process.state) &&
          (group === undefined || process.group === group) &&
          this.sees(caller, process),
      );
    const described = new Map(living.map((process) => [process.pid, this.#describe(process)]));
    const stored = [...finalStates, 'waiting' as const].filter((state) => wanted.has(state));
    const within = { ancestor: caller.process?.pid, group };
    for (const row of await this.#store.list(caller.tenant, stored, within, limit)) {
      const pid = pidSchema.parse(row.pid);
      // One that ended while the rows were read is told of as it is now.
      if (row.state !== 'waiting' || this.#live.getDormant(pid) !== undefined) {
        described.set(pid, this.#describeRow(row));
      }
    }
    return [...described.values()].sort((left, right) => right.pid - left.pid).slice(0, limit);
  }

  /** How many living processes are in each state. */
  countLiving(): Partial<Record<ProcessState, number>> {
    const counts: Partial<Record<ProcessState, number>> = {};
    for (const { state } of this.#live.all()) {
      if (!isFinal(state)) counts[state] = (counts[state] ?? 0) + 1;
    }
    const { dormantCount } = this.#live;
    if (dormantCount > 0) counts.waiting = (counts.waiting ?? 0) + dormantCount;
    return counts;
  }

  /** How many processes of a tenant there are in each state, ended ones included. */
  async count(tenant: TenantId): Promise<Partial<Record<ProcessState, number>>> {
    return { ...(await this.#store.countEnded(tenant)), ...this.countLiving() };
  }

  /** Whether a process is another one or, while it lives, descends from it. */
  isWithin(pid: Pid, ancestor: Pid): boolean {
    return this.#live.tree.isWithin(pid, ancestor);
  }

  /** Whether the caller may see a process that lives. */
  sees(caller: Caller, process: Process): boolean {
    return this.#sees(caller, process.pid, process.options.principal.tenant);
  }

  /** Whether the process lives, with its code or without, and the caller may see it. */
  seesAlive(caller: Caller, pid: Pid): boolean {
    const tenant = this.#live.get(pid)?.options.principal.tenant ?? this.#live.getDormant(pid)?.tenant;
    return tenant !== undefined && this.#sees(caller, pid, tenant);
  }

  #sees(caller: Caller, pid: Pid, tenant: string): boolean {
    if (tenant !== caller.tenant) return false;
    return caller.process === undefined || this.#live.tree.isWithin(pid, caller.process.pid);
  }

  #describeRow(row: ProcessRow): ProcessDescription {
    const described = describeRow(row);
    const dormant = this.#live.getDormant(described.pid);
    if (dormant === undefined) return described;
    const parent = this.#live.tree.parentOf(described.pid);
    const isAdopted = parent !== undefined && parent !== described.parent;
    return {
      ...described,
      state: 'waiting',
      health: 'healthy',
      ...(isAdopted && { adoptedBy: parent }),
      ...(!dormant.recounts && { used: this.#ledger.used(described.pid) }),
    };
  }

  #describe(process: Process): ProcessDescription {
    const parent = this.#live.tree.parentOf(process.pid);
    return describeProcess(process, parent, this.#ledger.used(process.pid));
  }
}

function notFound(pid: Pid): AiosError {
  return new AiosError('not_found', `There is no process ${pid} here. "aios ps --all" lists them.`);
}
