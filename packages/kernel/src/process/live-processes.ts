import { type Pid, pid as pidSchema, type TenantId, type UserId } from '@aios/protocol';
import type { Adoption } from './lifecycle/index.ts';
import { FamilyTree } from './lifecycle/index.ts';
import type { Process } from './process.ts';
import type { ProcessStore } from './process-store.ts';

/** A process that waits without its code. Kept small, for there may be very many. */
export interface Dormant {
  readonly pid: Pid;
  readonly agent: string;
  readonly tenant: TenantId;
  readonly user: UserId;
  /** See the options of a process. */
  readonly recounts: boolean;
}

/** The processes that are alive in this kernel, and how they belong together. */
export class LiveProcesses {
  readonly tree = new FamilyTree();
  readonly #processes = new Map<Pid, Process>();
  readonly #dormant = new Map<Pid, Dormant>();
  readonly #recording = new Set<Promise<void>>();
  readonly #store: ProcessStore;

  constructor(store: ProcessStore) {
    this.#store = store;
  }

  add(process: Process, parent: Pid | undefined): void {
    this.#processes.set(process.pid, process);
    if (!this.#dormant.delete(process.pid)) this.tree.add(process.pid, parent);
  }

  /** One that waits without its code; it keeps its place in the family where it had one. */
  addDormant(dormant: Dormant, parent: Pid | undefined): void {
    if (!this.#processes.delete(dormant.pid)) this.tree.add(dormant.pid, parent);
    this.#dormant.set(dormant.pid, dormant);
  }

  /** The rows of dormant processes tell nothing of it until this has been written. */
  record(writing: Promise<void>): void {
    this.#recording.add(writing);
    void writing.finally(() => this.#recording.delete(writing));
  }

  /** Resolves when the rows of all that are dormant at the moment say so. */
  async recorded(): Promise<void> {
    if (this.#recording.size > 0) await Promise.all(this.#recording);
  }

  getDormant(pid: Pid): Dormant | undefined {
    return this.#dormant.get(pid);
  }

  get dormantCount(): number {
    return this.#dormant.size;
  }

  /** Whether it is alive, with its code or without. */
  isAlive(pid: Pid): boolean {
    return this.#processes.has(pid) || this.#dormant.has(pid);
  }

  hasAgent(tenant: string, name: string): boolean {
    for (const { options } of this.#processes.values()) {
      if (options.agent.manifest.name === name && options.principal.tenant === tenant) return true;
    }
    for (const dormant of this.#dormant.values()) {
      if (dormant.agent === name && dormant.tenant === tenant) return true;
    }
    return false;
  }

  remove(pid: Pid): Adoption {
    this.#processes.delete(pid);
    this.#dormant.delete(pid);
    return this.tree.remove(pid);
  }

  get(pid: Pid): Process | undefined {
    return this.#processes.get(pid);
  }

  all(): Process[] {
    return [...this.#processes.values()];
  }

  /** The parent, or where it has ended, its nearest ancestor that lives. */
  async nearestLiving(parent: Pid | undefined): Promise<Pid | undefined> {
    for (let at = parent; at !== undefined; ) {
      if (this.isAlive(at)) return at;
      const row = await this.#store.find(at);
      // It may have been put on record only now.
      if (this.isAlive(at)) return at;
      at = row?.parent === null || row === undefined ? undefined : pidSchema.parse(row.parent);
    }
    return undefined;
  }
}
