import { type Pid, pid as pidSchema } from '@aios/protocol';
import type { Adoption } from './lifecycle/index.ts';
import { FamilyTree } from './lifecycle/index.ts';
import type { Process } from './process.ts';
import type { ProcessStore } from './process-store.ts';

/** The processes that are alive in this kernel, and how they belong together. */
export class LiveProcesses {
  readonly tree = new FamilyTree();
  readonly #processes = new Map<Pid, Process>();
  readonly #store: ProcessStore;

  constructor(store: ProcessStore) {
    this.#store = store;
  }

  add(process: Process, parent: Pid | undefined): void {
    this.#processes.set(process.pid, process);
    this.tree.add(process.pid, parent);
  }

  remove(pid: Pid): Adoption {
    this.#processes.delete(pid);
    return this.tree.remove(pid);
  }

  get(pid: Pid): Process | undefined {
    return this.#processes.get(pid);
  }

  all(): Process[] {
    return [...this.#processes.values()];
  }

  withDescendants(pid: Pid): Process[] {
    return [...this.tree.withDescendants(pid)].flatMap((member) => this.#processes.get(member) ?? []);
  }

  /** The parent, or where it has ended, its nearest ancestor that lives. */
  async nearestLiving(parent: Pid | undefined): Promise<Pid | undefined> {
    for (let at = parent; at !== undefined; ) {
      if (this.#processes.has(at)) return at;
      const row = await this.#store.find(at);
      // It may have been put on record only now.
      if (this.#processes.has(at)) return at;
      at = row?.parent === null || row === undefined ? undefined : pidSchema.parse(row.parent);
    }
    return undefined;
  }
}
