import type { CallClass } from '@aios/protocol';
import type { AgentProfiles } from './learning/index.ts';
import type { SchedulingSettings } from './settings.ts';
import type { Ticket } from './ticket.ts';

/** The order in which calls get the slots of a queue. A policy is one file; `policies/index.ts` lists them. */
export interface Policy {
  /** Calls that wait. */
  readonly length: number;
  /** How long a call may hold its slot while others wait; as long as it likes when absent. */
  readonly slice?: TimeSlice | undefined;
  enqueue(ticket: Ticket): void;
  /** Takes out the call that is to be served now. */
  next(now: number): Ticket | undefined;
  /** Takes out a call that waits no more, wherever it stands. */
  remove(ticket: Ticket): void;
  /** Charges a call that gets a slot, be it from the queue or at once. */
  start?(ticket: Ticket): void;
  /** Corrects the charge by what the call really used, in units. The program of the ticket has been updated. */
  finish?(ticket: Ticket, used: number): void;
  /** Calls that will certainly be served before this one if it comes now. */
  ahead(ticket: Ticket): number;
  /** An integer by which it orders calls that have a slot, for a resource with a queue of its own; the lower first. */
  rank?(ticket: Ticket): number;
  /** Those that would be served next, in this order, each with the reason why it stands there. */
  explain(now: number, limit: number): Standing[];
  /** The counters by which it shares, where it has such. */
  counters?(): Counter[];
}

/** Both bounds hold where both are given. */
export interface TimeSlice {
  readonly outputTokens?: number | undefined;
  readonly ms?: number | undefined;
}

export interface Standing {
  readonly ticket: Ticket;
  readonly reason: string;
}

/** What a class or a tenant got, divided by its weight. */
export interface Counter {
  readonly class: CallClass;
  readonly tenant?: string;
  readonly weight: number;
  readonly counter: number;
  readonly queued: number;
}

/** What a policy may know when it is made. */
export interface PolicySurroundings {
  /** As they are now. */
  readonly settings: () => SchedulingSettings;
  readonly profiles: AgentProfiles;
  /** How much the sizes of programs differ, where enough is known; see ProgramBook. */
  readonly spread: () => { readonly variation: number; readonly mean: number } | undefined;
  readonly pace: Pace;
}

/** How fast the slots of a queue work. */
export interface Pace {
  /** Units of work that a slot does in a millisecond; nothing before the first call has ended. */
  readonly unitsPerMs: number | undefined;
  /** Milliseconds that a call holds a slot. */
  readonly callMs: number | undefined;
}
