import type { Clock } from '../clock/index.ts';
import type { TimeSlice } from './policy.ts';
import type { Ticket } from './ticket.ts';

interface Slots {
  /** The longest first. */
  readonly held: Iterable<Ticket>;
  readonly queued: number;
}

/** Ends the time slices of a queue: as many slots are told to yield as calls wait, those that are over it the longest first. */
export class TimeSlices {
  readonly #clock: Clock;
  readonly #slots: Slots;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, slots: Slots) {
    this.#clock = clock;
    this.#slots = slots;
  }

  /** To be called when a call comes to wait, gets a slot, or reports progress. */
  check(slice: TimeSlice): void {
    const { held, queued } = this.#slots;
    this.stop();
    let toTell = queued;
    for (const ticket of held) if (willYield(ticket)) toTell -= 1;
    if (toTell <= 0) return;
    const now = this.#clock.now();
    let nextMs = Number.POSITIVE_INFINITY;
    // Whoever is told may give its slot back at once, which changes the list.
    for (const ticket of [...held]) {
      if (ticket.mustYield || ticket.runsToEnd !== undefined) continue;
      const leftMs = leftOf(slice, ticket, now);
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
      else {
        ticket.tellToYield();
        toTell -= 1;
        if (toTell === 0) return;
      }
    }
    // One that was told may have given its slot back at once, which looked at the others already.
    this.stop();
    if (nextMs < Number.POSITIVE_INFINITY && this.#slots.queued > 0) {
      this.#cancelTimer = this.#clock.after(Math.ceil(nextMs), () => this.check(slice));
    }
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

function willYield({ mustYield, runsToEnd }: Ticket): boolean {
  return mustYield && runsToEnd === undefined;
}

/** Milliseconds until the slice of a ticket is used up, as far as time tells; none when it is. */
function leftOf({ outputTokens, ms }: TimeSlice, ticket: Ticket, now: number): number {
  if (outputTokens !== undefined && ticket.progressMade.outputTokens >= outputTokens) return 0;
  if (ms === undefined || ticket.startedAt === undefined) return Number.POSITIVE_INFINITY;
  return ticket.startedAt + ms - now;
}
