import type { SchedulingPolicy } from '@aios/protocol';
import type { Clock } from '../clock/index.ts';
import { type Claim, type Cost, unitsOf } from './claim.ts';
import { Drain } from './drain.ts';
import type { ProgramBook } from './learning/index.ts';
import { cannotMeetDeadline, type Overload, queueFull, waitedTooLong, wouldWaitTooLong } from './overload.ts';
import { createPolicy } from './policies/index.ts';
import type { Counter, Policy, PolicySurroundings, Standing } from './policy.ts';
import { Queue } from './queue.ts';
import type { SchedulingSettings } from './settings.ts';
import type { Slot } from './slot.ts';
import { Ticket, type TicketOffice } from './ticket.ts';
import { TimeSlices } from './time-slices.ts';
import { WaitLimit } from './wait-limit.ts';

export interface QueueLoad {
  readonly name: string;
  readonly capacity: number;
  readonly running: number;
  readonly queued: number;
}

export interface SlotQueueOptions {
  readonly name: string;
  readonly capacity: number;
  readonly policy: SchedulingPolicy;
  readonly book: ProgramBook;
  readonly clock: Clock;
  readonly settings: () => SchedulingSettings;
  readonly onStart: (queue: string, ticket: Ticket, waitedMs: number) => void;
  readonly onIdle: () => void;
}

/** A number of slots and the calls that wait for one, in the order of a policy. Work-conserving: no free slot while one waits. */
export class SlotQueue implements TicketOffice {
  readonly name: string;
  readonly held = new Set<Ticket>();
  readonly drain = new Drain();
  readonly #options: SlotQueueOptions;
  readonly #slices: TimeSlices;
  readonly #waitLimit: WaitLimit;
  /** Those that wait, in the order in which they came, whatever the policy. */
  readonly #waiting = new Queue<Ticket>();
  #policy: Policy;
  #policyName: SchedulingPolicy;
  #capacity: number;
  #arrivals = 0;

  constructor(options: SlotQueueOptions) {
    this.name = options.name;
    this.#options = options;
    this.#capacity = options.capacity;
    this.#policyName = options.policy;
    this.#policy = this.#createPolicy(options.policy);
    this.#slices = new TimeSlices(options.clock, this);
    this.#waitLimit = new WaitLimit(options.clock, (ticket) => this.#giveUp(ticket));
  }

  get queued(): number {
    return this.#waiting.length;
  }

  /** The call that waits the longest. */
  get oldest(): Ticket | undefined {
    return this.#waiting.first;
  }

  get load(): QueueLoad {
    return { name: this.name, capacity: this.#capacity, running: this.held.size, queued: this.queued };
  }

  get isIdle(): boolean {
    return this.held.size === 0 && this.queued === 0;
  }

  get hasSlices(): boolean {
    return this.#policy.slice !== undefined;
  }

  get policy(): SchedulingPolicy {
    return this.#policyName;
  }

  /** A smaller capacity lets running calls finish; a larger one starts waiting calls at once. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#dispatch();
  }

  /** Those that wait go over to the new policy in the order in which they came, and those that run are charged by it. */
  switchTo(name: SchedulingPolicy): void {
    if (name === this.#policyName) return;
    this.#policyName = name;
    this.#policy = this.#createPolicy(name);
    for (const ticket of this.#waiting) this.#policy.enqueue(ticket);
    for (const ticket of this.held) this.#policy.start?.(ticket);
    this.#checkSlices();
  }

  /**
   * A slot at once when one is free, else a promise of one. Throws or rejects with the signal’s reason, or with `rate_limited`
   * when the queue is full, the wait would be too long or has been.
   */
  acquire(claim: Claim, signal?: AbortSignal): Slot | Promise<Slot> {
    signal?.throwIfAborted();
    const { book, clock } = this.#options;
    const now = clock.now();
    this.#arrivals += 1;
    const hasRoom = this.held.size < this.#capacity && this.queued === 0;
    const ticket = new Ticket(this, claim, book.enter(claim, now), now, this.#arrivals);
    if (hasRoom) return this.#start(ticket, now);
    const refusal = this.#refusalOf(ticket, now);
    if (refusal !== undefined) {
      book.leave(ticket.program);
      throw refusal;
    }
    return this.#wait(ticket, signal);
  }

  release(ticket: Ticket, used: Cost | undefined): void {
    const { book, clock } = this.#options;
    const now = clock.now();
    const { startedAt = now, arrivedAt, claim, program, progressMade } = ticket;
    const heldMs = now - startedAt;
    const cost =
      used ?? (progressMade.inputTokens + progressMade.outputTokens > 0 ? progressMade : claim.cost);
    const units = unitsOf(cost);
    this.held.delete(ticket);
    this.drain.ended(units, heldMs);
    book.profiles.callEnded(claim.agent, cost.outputTokens);
    book.finish(program, units, startedAt - arrivedAt, heldMs, now);
    this.#policy.finish?.(ticket, units);
    this.#dispatch();
    if (this.isIdle) this.#options.onIdle();
  }

  progressed(_ticket: Ticket): void {
    this.#checkSlices();
  }

  /** Those that wait in the order in which they would be served. */
  explain(limit: number): Standing[] {
    return this.#policy.explain(this.#options.clock.now(), limit);
  }

  counters(): Counter[] {
    return this.#policy.counters?.() ?? [];
  }

  #createPolicy(name: SchedulingPolicy): Policy {
    const { settings, book } = this.#options;
    const surroundings: PolicySurroundings = { settings, profiles: book.profiles, pace: this.drain };
    return createPolicy(name, surroundings);
  }

  #refusalOf(ticket: Ticket, now: number): Error | undefined {
    const { maxQueued, maxWaitMs } = this.#options.settings();
    if (this.queued >= maxQueued) return queueFull(this.#overload());
    const waitMs = this.drain.expectedMs(this.#policy.ahead(ticket));
    if (waitMs > maxWaitMs) return wouldWaitTooLong(this.#overload(), waitMs, maxWaitMs);
    const { deadlineAt } = ticket.claim;
    if (deadlineAt === undefined || now + waitMs < deadlineAt) return undefined;
    return cannotMeetDeadline(this.#overload(), waitMs);
  }

  #overload(): Overload {
    const { name, queued, drain } = this;
    return { name, queued, retryAfterMs: drain.retryAfterMs(queued) };
  }

  #wait(ticket: Ticket, signal: AbortSignal | undefined): Promise<Slot> {
    const entry = this.#waiting.push(ticket);
    this.#policy.enqueue(ticket);
    this.drain.began(ticket.arrivedAt);
    this.#waitLimit.watch(this.#waiting, this.#options.settings().maxWaitMs);
    const promise = new Promise<Slot>((resolve, reject) => {
      const onAbort = () => {
        this.#leave(ticket);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      ticket.waiting = {
        entry,
        settle: (error) => {
          signal?.removeEventListener('abort', onAbort);
          if (error === undefined) resolve(ticket);
          else reject(error);
        },
      };
    });
    this.#checkSlices();
    return promise;
  }

  /** Takes out one that gave up. */
  #leave(ticket: Ticket): void {
    if (ticket.waiting === undefined) return;
    this.#waiting.remove(ticket.waiting.entry);
    ticket.waiting = undefined;
    this.#policy.remove(ticket);
    this.#options.book.leave(ticket.program);
    if (this.queued === 0) this.#emptied();
    if (this.isIdle) this.#options.onIdle();
  }

  #giveUp(ticket: Ticket): void {
    const { waiting, arrivedAt } = ticket;
    const waitedMs = this.#options.clock.now() - arrivedAt;
    this.#leave(ticket);
    waiting?.settle(waitedTooLong(this.#overload(), waitedMs));
  }

  #start(ticket: Ticket, now: number): Ticket {
    ticket.startedAt = now;
    this.held.add(ticket);
    this.#policy.start?.(ticket);
    this.#options.onStart(this.name, ticket, now - ticket.arrivedAt);
    return ticket;
  }

  #dispatch(): void {
    while (this.held.size < this.#capacity && this.queued > 0) {
      const now = this.#options.clock.now();
      const ticket = this.#policy.next(now);
      if (ticket?.waiting === undefined) return;
      const { entry, settle } = ticket.waiting;
      this.#waiting.remove(entry);
      ticket.waiting = undefined;
      this.drain.dispatched(now, this.queued > 0);
      if (this.queued === 0) this.#emptied();
      this.#start(ticket, now);
      settle(undefined);
      this.#checkSlices();
    }
  }

  #emptied(): void {
    this.drain.emptied();
    this.#slices.stop();
    this.#waitLimit.stop();
  }

  #checkSlices(): void {
    const { slice } = this.#policy;
    if (slice !== undefined && this.queued > 0) this.#slices.check(slice);
  }
}
