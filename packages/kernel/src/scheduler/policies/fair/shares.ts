import { Heap, type HeapNode, heapNode } from '../../../heap/index.ts';

/** One that shares with others: a class, or a tenant within a class. */
export class Member {
  readonly name: string;
  readonly weight: () => number;
  /** What it got, in units divided by its weight. */
  counter = 0;
  /** Its calls that wait. */
  queued = 0;
  /** Its calls that hold a slot and whose charge may still be corrected. */
  running = 0;
  readonly node: HeapNode<Member>;

  constructor(name: string, weight: () => number) {
    this.name = name;
    this.weight = weight;
    this.node = heapNode(this);
  }
}

/**
 * Virtual token counters (VTC, OSDI 2024): who got least is served next. One that returns from idle is lifted to the least
 * of those that wait, so that it cannot save up for a flood; where none waits, to the last that did.
 */
export class Shares<Sharer extends Member> {
  readonly #create: (name: string) => Sharer;
  readonly #members = new Map<string, Sharer>();
  readonly #waiting = new Heap<Member>();
  #last: Member | undefined;
  #sweepAbove = 1000;
  #joined = 0;

  constructor(create: (name: string) => Sharer) {
    this.#create = create;
  }

  get members(): Iterable<Sharer> {
    return this.#members.values();
  }

  /** The one to be served now. */
  get first(): Sharer | undefined {
    const { first } = this.#waiting;
    return first === undefined ? undefined : this.#members.get(first.item.name);
  }

  member(name: string): Sharer {
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    if (this.#members.size >= this.#sweepAbove) this.#sweep();
    const created = this.#create(name);
    created.counter = this.#floor;
    this.#members.set(name, created);
    return created;
  }

  /** A call of it waits. */
  enqueued(member: Member): void {
    member.queued += 1;
    if (member.queued > 1) return;
    this.#lift(member);
    this.#joined += 1;
    this.#waiting.put(member.node, member.counter, this.#joined);
  }

  /** A call of it waits no longer. */
  dequeued(member: Member): void {
    member.queued -= 1;
    if (member.queued > 0) return;
    this.#waiting.remove(member.node);
    this.#last = member;
  }

  /** Books what a call that gets a slot will take. */
  charge(member: Member, units: number): void {
    if (member.queued === 0 && this.#last !== member) {
      this.#lift(member);
      if (this.#waiting.size === 0) this.#last = member;
    }
    this.#book(member, units);
  }

  /** Books the difference, once it is known what the call took. */
  correct(member: Member, units: number): void {
    if (units !== 0) this.#book(member, units);
  }

  get #floor(): number {
    return this.#waiting.first?.key ?? this.#last?.counter ?? 0;
  }

  #lift(member: Member): void {
    member.counter = Math.max(member.counter, this.#floor);
  }

  #book(member: Member, units: number): void {
    member.counter += units / member.weight();
    if (member.node.position >= 0) this.#waiting.put(member.node, member.counter, member.node.tie);
  }

  /** Forgets those whose counter says nothing more: they would be lifted beyond it. */
  #sweep(): void {
    const floor = this.#floor;
    for (const [name, { queued, running, counter }] of this.#members) {
      if (queued + running === 0 && counter <= floor) this.#members.delete(name);
    }
    this.#sweepAbove = Math.max(1000, 2 * this.#members.size);
  }
}
