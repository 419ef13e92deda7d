import type { SchedulingPolicy } from '@aios/protocol';
import type { Clock } from '../clock/index.ts';
import { AdmissionWindow, type Congestion, type Demand, Line } from './admission/index.ts';
import { type Claim, type Cost, unitsOf } from './claim.ts';
import { Drain } from './drain.ts';
import type { ProgramBook } from './learning/index.ts';
import { cannotMeetDeadline, type Overload, queueFull, waitedTooLong, wouldWaitTooLong } from './overload.ts';
import { createPolicy } from './policies/index.ts';
import type { Counter, PolicySurroundings, Standing } from './policy.ts';
import { Queue } from './queue.ts';
import type { SchedulingSettings, WindowSettings } from './settings.ts';
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
  /** Present where the programs that use it at the same time may be bounded. */
  readonly window?: WindowSettings | undefined;
  readonly book: ProgramBook;
  readonly clock: Clock;
  readonly settings: () => SchedulingSettings;
  readonly onStart: (queue: string, ticket: Ticket, waitedMs: number) => void;
  /** A slot is free and nobody waits for it. */
  readonly onFree: () => void;
  readonly onIdle: () => void;
}

/**
 * A number of slots and the calls that wait for one, in the order of a policy. Work-conserving: no slot is free while a call
 * waits that may have it, by the window of its programs and the memory of the resource.
 */
export class SlotQueue implements TicketOffice {
  readonly name: string;
  /** The longest first. A list and no Set, whose outgrown tables would keep ended calls in memory. */
  readonly held = new Queue<Ticket>();
  readonly drain = new Drain();
  readonly #options: SlotQueueOptions;
  readonly #slices: TimeSlices;
  readonly #waitLimit: WaitLimit;
  /** Those that wait, in the order in which they came, whatever the policy. */
  readonly #waiting = new Queue<Ticket>();
  readonly #line: Line;
  readonly window: AdmissionWindow | undefined;
  #capacity: number;
  #space: number | undefined;
  #targetMs: number | undefined;
  #mayBound = false;
  /** Tokens that those take which hold a slot. */
  #taken = 0;
  #arrivals = 0;

  constructor(options: SlotQueueOptions) {
    this.name = options.name;
    this.#options = options;
    this.#capacity = options.capacity;
    this.#settle(options.window);
    this.window = options.window && new AdmissionWindow();
    this.#line = new Line(options.policy, {
      createPolicy: (name) => this.#createPolicy(name),
      held: this.held,
      window: this.window,
      clock: options.clock,
      onRoom: () => this.#dispatch(),
    });
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
    return { name: this.name, capacity: this.#capacity, running: this.held.length, queued: this.queued };
  }

  get isIdle(): boolean {
    return this.held.length === 0 && this.queued === 0;
  }

  get hasSlices(): boolean {
    return this.#line.slice !== undefined;
  }

  get policy(): SchedulingPolicy {
    return this.#line.policy;
  }

  /** Programs that wait outside of the window. */
  get outside(): number {
    return this.#line.outside;
  }

  /** Tokens that running calls may take of the memory of the resource together, where that is known, and what they take. */
  get memory(): { space: number | undefined; taken: number } {
    return { space: this.#space, taken: this.#taken };
  }

  /** A smaller capacity lets running calls finish; a larger one starts waiting calls at once. */
  resize(capacity: number, window?: WindowSettings): void {
    this.#capacity = capacity;
    this.#settle(window);
    this.#dispatch();
  }

  /** What was measured of the memory of the resource takes effect at once. */
  setSpace(tokens: number): void {
    if (!this.#mayBound) return;
    this.#space = tokens;
    this.#dispatch();
  }

  /** The resource shows that too many programs use it; `atLeast` of them it bears. */
  congested(cause: Congestion, reason: string, atLeast?: number): void {
    if (!this.#mayBound) return;
    const { clock } = this.#options;
    this.window?.congested(cause, reason, clock.now(), this.drain.callMs ?? 0, atLeast);
  }

  /** The resource shows that it bears more: so many programs, of those that wait. */
  eased(cause: Congestion, places: number): void {
    if (this.window?.bound === undefined) return;
    this.window.eased(cause, this.#options.clock.now(), this.outside > 0, places);
    this.#dispatch();
  }

  /** The resource did not refuse a call: after a round of them it bears one program more. */
  answered(): void {
    if (this.window?.bound !== undefined) this.eased('refusals', 1 / this.window.bound.limit);
  }

  takeDemand(): Demand | undefined {
    return this.window?.takeDemand();
  }

  /** The program makes no more calls. */
  endProgram(name: string): void {
    const program = this.#options.book.find(name);
    if (program === undefined || this.window === undefined) return;
    this.window.end(program);
    this.#dispatch();
  }

  /** Those that wait go over to the new policy in the order in which they came, and those that run are charged by it. */
  switchTo(name: SchedulingPolicy): void {
    if (name === this.#line.policy) return;
    this.#line.switchTo(name, this.#waiting);
    this.#checkSlices();
  }

  /**
   * A slot at once when one is free, else a promise of one. Throws or rejects with the signal’s reason, or with `rate_limited`
   * when the queue is full, the wait would be too long or has been.
   */
  acquire(asked: Claim, signal?: AbortSignal): Slot | Promise<Slot> {
    signal?.throwIfAborted();
    const { book, clock } = this.#options;
    const { learnsClassOf } = asked;
    const claim =
      learnsClassOf === undefined ? asked : { ...asked, class: book.kinds.classOf(learnsClassOf) };
    const now = clock.now();
    this.#arrivals += 1;
    const ticket = new Ticket(this, {
      claim,
      program: book.enter(claim, now),
      arrivedAt: now,
      sequence: this.#arrivals,
      tokens: this.#tokensOf(claim),
    });
    if (this.queued === 0 && this.#hasSlot && this.#line.admit(ticket, now)) return this.#start(ticket, now);
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
    if (ticket.holding !== undefined) this.held.remove(ticket.holding);
    this.#taken -= ticket.tokens;
    this.drain.ended(units, heldMs);
    book.profiles.callEnded(claim.agent, cost);
    book.finish(program, units, startedAt - arrivedAt, heldMs, now);
    this.#line.finish(ticket, units, cost.inputTokens + cost.outputTokens, now);
    this.#compareLatency();
    this.#dispatch();
    if (this.isIdle) this.#options.onIdle();
  }

  progressed(_ticket: Ticket): void {
    this.#checkSlices();
  }

  rankOf(ticket: Ticket): number | undefined {
    return this.#line.rank(ticket);
  }

  /** Those that wait in the order in which they would be served. */
  explain(limit: number): Standing[] {
    return this.#line.explain(this.#options.clock.now(), limit);
  }

  counters(): Counter[] {
    return this.#line.counters();
  }

  /** What was measured of the memory stays; where nothing may be bounded any more, nothing is. */
  #settle(window: WindowSettings | undefined): void {
    this.#mayBound = window?.isOn ?? false;
    this.#targetMs = window?.targetMs;
    if (!this.#mayBound) {
      this.#space = undefined;
      this.window?.lift();
    } else if (window?.space !== undefined) this.#space = window.space;
  }

  get #hasSlot(): boolean {
    if (this.held.length >= this.#capacity) return false;
    return this.#space === undefined || this.#taken < this.#space || this.held.length === 0;
  }

  /** What a call asks for as output is an upper bound; what its agent usually writes says more. */
  #tokensOf({ agent, cost: { inputTokens, outputTokens } }: Claim): number {
    const usual = this.#options.book.profiles.usualOutput(agent) ?? outputTokens;
    return inputTokens + Math.min(outputTokens, usual);
  }

  #compareLatency(): void {
    const { callMs } = this.drain;
    if (this.#targetMs === undefined || callMs === undefined) return;
    const target = `the target of ${Math.round(this.#targetMs)} ms`;
    if (callMs > this.#targetMs)
      this.congested('latency', `calls take ${Math.round(callMs)} ms, over ${target}`);
    else if (this.window?.bound !== undefined) this.eased('latency', 1 / this.window.bound.limit);
  }

  #createPolicy(name: SchedulingPolicy) {
    const { settings, book } = this.#options;
    const surroundings: PolicySurroundings = {
      settings,
      profiles: book.profiles,
      spread: () => book.spread,
      pace: this.drain,
    };
    return createPolicy(name, surroundings);
  }

  #refusalOf(ticket: Ticket, now: number): Error | undefined {
    const { maxQueued, maxWaitMs } = this.#options.settings();
    if (this.queued >= maxQueued) return queueFull(this.#overload());
    const waitMs = this.drain.expectedMs(this.#line.ahead(ticket), this.#capacity);
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
    this.#line.enqueue(ticket);
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
    // One that may have a slot which those before it may not.
    this.#dispatch();
    return promise;
  }

  /** Takes out one that gave up. */
  #leave(ticket: Ticket): void {
    if (ticket.waiting === undefined) return;
    this.#waiting.remove(ticket.waiting.entry);
    ticket.waiting = undefined;
    this.#line.remove(ticket, this.#options.clock.now());
    this.#options.book.leave(ticket.program);
    if (this.queued === 0) this.#emptied();
    else this.#dispatch();
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
    ticket.holding = this.held.push(ticket);
    this.#taken += ticket.tokens;
    this.#line.start(ticket);
    this.#options.onStart(this.name, ticket, now - ticket.arrivedAt);
    return ticket;
  }

  #dispatch(): void {
    while (this.queued > 0 && this.#hasSlot) {
      const now = this.#options.clock.now();
      const ticket = this.#line.next(now);
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
    if (this.queued === 0 && this.#hasSlot) this.#options.onFree();
  }

  #emptied(): void {
    this.drain.emptied();
    this.#slices.stop();
    this.#waitLimit.stop();
  }

  #checkSlices(): void {
    const { slice } = this.#line;
    if (slice !== undefined && this.queued > 0) this.#slices.check(slice);
  }
}
