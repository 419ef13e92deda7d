import type { SchedulingPolicy } from '@aios/protocol';
import type { Clock } from '../../clock/index.ts';
import type { Program } from '../learning/index.ts';
import type { Counter, Policy, Standing, TimeSlice } from '../policy.ts';
import type { Ticket } from '../ticket.ts';
import type { AdmissionWindow } from './admission-window.ts';

/** A call that waits outside for so long has the next program that ends a call give its place up. */
const longestOutsideMs = 30_000;

export interface LineOptions {
  readonly createPolicy: (name: SchedulingPolicy) => Policy;
  /** Those that have a slot. */
  readonly held: Iterable<Ticket>;
  /** Absent where a resource bears any number of programs. */
  readonly window: AdmissionWindow | undefined;
  readonly clock: Clock;
  /** Is called when a place in the window has become free by the passing of time. */
  readonly onRoom: () => void;
}

/**
 * The calls that wait for a slot, in the order of a policy. Where a window bounds the programs that may use the resource,
 * calls of the others wait outside of it, in the order of the same policy, by which they also come in.
 */
export class Line {
  readonly #options: LineOptions;
  #name: SchedulingPolicy;
  #inside: Policy;
  /** Exists while the window is bounded or calls wait outside. */
  #outside: Policy | undefined;
  readonly #parked = new Map<Program, Set<Ticket>>();
  #cancelTimer: (() => void) | undefined;

  constructor(name: SchedulingPolicy, options: LineOptions) {
    this.#options = options;
    this.#name = name;
    this.#inside = options.createPolicy(name);
  }

  get policy(): SchedulingPolicy {
    return this.#name;
  }

  /** Programs that wait outside of the window. */
  get outside(): number {
    return this.#parked.size;
  }

  get slice(): TimeSlice | undefined {
    return this.#inside.slice;
  }

  /** Those that wait, in the order in which they came, go over to another policy; those that run are charged by it. */
  switchTo(name: SchedulingPolicy, waiting: Iterable<Ticket>): void {
    this.#name = name;
    this.#inside = this.#create();
    if (this.#outside !== undefined) this.#outside = this.#create();
    for (const ticket of waiting) (ticket.isAdmitted ? this.#inside : this.#outside)?.enqueue(ticket);
  }

  /** Whether the call may have a slot now, were one free. */
  admit(ticket: Ticket, now: number): boolean {
    const { window } = this.#options;
    if (window !== undefined) {
      if (!window.admits(ticket.program, now)) return false;
      window.enter(ticket.program, ticket.claim.cost.inputTokens, now);
    }
    ticket.isAdmitted = true;
    return true;
  }

  enqueue(ticket: Ticket): void {
    if (ticket.isAdmitted || this.admit(ticket, ticket.arrivedAt)) this.#inside.enqueue(ticket);
    else this.#park(ticket);
  }

  next(now: number): Ticket | undefined {
    this.#fill(now);
    return this.#inside.next(now);
  }

  /** Takes out a call that waits no more. */
  remove(ticket: Ticket, now: number): void {
    if (ticket.isAdmitted) {
      this.#inside.remove(ticket);
      this.#options.window?.leave(ticket.program, undefined, now);
      return;
    }
    this.#outside?.remove(ticket);
    const tickets = this.#parked.get(ticket.program);
    tickets?.delete(ticket);
    if (tickets?.size === 0) this.#parked.delete(ticket.program);
    if (this.#parked.size === 0) this.#stopTimer();
  }

  start(ticket: Ticket): void {
    this.#inside.start?.(ticket);
    this.#outside?.start?.(ticket);
  }

  /** `tokens` is what the context of the program came to. */
  finish(ticket: Ticket, units: number, tokens: number, now: number): void {
    this.#inside.finish?.(ticket, units);
    this.#outside?.finish?.(ticket, units);
    this.#options.window?.leave(ticket.program, tokens, now, this.#waitTooLong(now));
  }

  ahead(ticket: Ticket): number {
    const { window } = this.#options;
    const isInside = window === undefined || window.admits(ticket.program, ticket.arrivedAt);
    return isInside ? this.#inside.ahead(ticket) : (this.#outside?.ahead(ticket) ?? 0);
  }

  rank(ticket: Ticket): number | undefined {
    return this.#inside.rank?.(ticket);
  }

  explain(now: number, limit: number): Standing[] {
    const inside = this.#inside.explain(now, limit);
    const programs = Math.floor(this.#options.window?.bound?.limit ?? 0);
    const outside = this.#outside?.explain(now, limit - inside.length) ?? [];
    return [
      ...inside,
      ...outside.map(({ ticket, reason }) => ({
        ticket,
        reason: `outside of the window of ${programs} programs; ${reason}`,
      })),
    ];
  }

  counters(): Counter[] {
    return this.#inside.counters?.() ?? [];
  }

  #create(): Policy {
    const policy = this.#options.createPolicy(this.#name);
    for (const ticket of this.#options.held) policy.start?.(ticket);
    return policy;
  }

  #park(ticket: Ticket): void {
    this.#outside ??= this.#create();
    this.#outside.enqueue(ticket);
    const tickets = this.#parked.get(ticket.program);
    if (tickets === undefined) this.#parked.set(ticket.program, new Set([ticket]));
    else tickets.add(ticket);
  }

  /** Lets programs in as far as there are places. */
  #fill(now: number): void {
    const { window } = this.#options;
    if (this.#outside === undefined || window === undefined) return;
    while (this.#parked.size > 0 && window.hasRoom(now)) {
      const ticket = this.#outside.next(now);
      if (ticket === undefined) break;
      this.#letIn(ticket, this.#outside, window, now);
    }
    this.#stopTimer();
    if (this.#parked.size > 0) this.#watch(window, now);
    else if (window.bound === undefined) this.#outside = undefined;
  }

  #letIn(first: Ticket, outside: Policy, window: AdmissionWindow, now: number): void {
    const tickets = this.#parked.get(first.program) ?? [first];
    this.#parked.delete(first.program);
    for (const ticket of tickets) {
      if (ticket !== first) outside.remove(ticket);
      window.enter(ticket.program, ticket.claim.cost.inputTokens, now);
      ticket.isAdmitted = true;
      this.#inside.enqueue(ticket);
    }
  }

  #watch({ roomAt }: AdmissionWindow, now: number): void {
    if (roomAt === undefined) return;
    this.#cancelTimer = this.#options.clock.after(Math.max(1, Math.ceil(roomAt - now)), () => {
      this.#cancelTimer = undefined;
      this.#options.onRoom();
    });
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #waitTooLong(now: number): boolean {
    const [longest] = this.#parked.values();
    const [ticket] = longest ?? [];
    return ticket !== undefined && now - ticket.arrivedAt > longestOutsideMs;
  }
}
