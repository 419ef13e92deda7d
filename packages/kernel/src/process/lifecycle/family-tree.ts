import type { Pid } from '@aios/protocol';

/** A process that has ended left children, which now belong to the nearest ancestor that lives. */
export interface Adoption {
  readonly orphans: readonly Pid[];
  readonly adopter: Pid | undefined;
}

/** Who belongs to whom, among the processes that are alive. */
export class FamilyTree {
  readonly #parents = new Map<Pid, Pid | undefined>();
  readonly #children = new Map<Pid, Set<Pid>>();

  /** A parent that is not alive counts as none. */
  add(pid: Pid, parent: Pid | undefined): void {
    const living = parent !== undefined && this.#parents.has(parent) ? parent : undefined;
    this.#parents.set(pid, living);
    if (living !== undefined) this.#childrenOf(living).add(pid);
  }

  /** Takes out a process that has ended; its children are adopted. */
  remove(pid: Pid): Adoption {
    const adopter = this.#parents.get(pid);
    const orphans = [...(this.#children.get(pid) ?? [])];
    this.#parents.delete(pid);
    this.#children.delete(pid);
    if (adopter !== undefined) this.#leave(adopter, pid);
    for (const orphan of orphans) this.add(orphan, adopter);
    return { orphans, adopter };
  }

  parentOf(pid: Pid): Pid | undefined {
    return this.#parents.get(pid);
  }

  /** Whether it is this process or one of its descendants. */
  isWithin(pid: Pid, ancestor: Pid): boolean {
    for (let at: Pid | undefined = pid; at !== undefined; at = this.#parents.get(at)) {
      if (at === ancestor) return true;
    }
    return false;
  }

  /** The process itself, its children and theirs. */
  *withDescendants(pid: Pid): Generator<Pid> {
    yield pid;
    for (const child of this.#children.get(pid) ?? []) yield* this.withDescendants(child);
  }

  #childrenOf(pid: Pid): Set<Pid> {
    const known = this.#children.get(pid);
    if (known !== undefined) return known;
    const made = new Set<Pid>();
    this.#children.set(pid, made);
    return made;
  }

  #leave(parent: Pid, child: Pid): void {
    const siblings = this.#children.get(parent);
    siblings?.delete(child);
    if (siblings?.size === 0) this.#children.delete(parent);
  }
}
