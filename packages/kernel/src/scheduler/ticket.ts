import type { HeapNode } from '../heap/index.ts';
import { type Claim, type Cost, noCost } from './claim.ts';
import type { Program } from './learning/index.ts';
import type { Entry } from './queue.ts';
import type { Slot } from './slot.ts';

/** What a ticket tells its queue. */
export interface TicketOffice {
  readonly hasSlices: boolean;
  rankOf(ticket: Ticket): number | undefined;
  release(ticket: Ticket, used: Cost | undefined): void;
  progressed(ticket: Ticket): void;
}

interface Waiting {
  /** Where it stands among those that came. */
  readonly entry: Entry<Ticket>;
  /** Ends the wait: with the slot, or with an error. */
  settle(error: Error | undefined): void;
}

/** What is known of a call when it comes; see Ticket. */
type Arrival = Pick<Ticket, 'claim' | 'program' | 'arrivedAt' | 'sequence' | 'tokens'>;

/** A call in a queue, from its arrival to the end of its slot. One object for all of it: this is the path of every call. */
export class Ticket implements Slot {
  readonly claim: Claim;
  readonly program: Program;
  readonly arrivedAt: number;
  /** Grows with each arrival in the scheduler. */
  readonly sequence: number;
  readonly #office: TicketOffice;
  /** When it got its slot; nothing while it waits. */
  startedAt: number | undefined;
  /** What it used so far, as its holder reported. */
  progressMade: Cost = noCost;
  /** Tokens that it is expected to take of the memory of the resource while it runs. */
  readonly tokens: number;
  /** Whether its program has a place in the window of the queue, so that it may go on to a slot. */
  isAdmitted = false;
  /** Units that the policy charged for it in advance. */
  charged = 0;
  /** Where it stands among those that wait: in a list, in a heap, as the policy likes. */
  entry: Entry<Ticket> | undefined;
  node: HeapNode<Ticket> | undefined;
  /** Where it stands among those that hold a slot; absent before. */
  holding: Entry<Ticket> | undefined;
  /** Absent once it waits no more. */
  waiting: Waiting | undefined;
  #onYield: (() => void) | undefined;
  #mustYield = false;
  #isOver = false;
  /** Why its holder gives it back only when it is done; absent where it would sooner. */
  runsToEnd: string | undefined;

  constructor(office: TicketOffice, { claim, program, arrivedAt, sequence, tokens }: Arrival) {
    this.#office = office;
    this.claim = claim;
    this.program = program;
    this.arrivedAt = arrivedAt;
    this.sequence = sequence;
    this.tokens = tokens;
  }

  get mayYield(): boolean {
    return this.#office.hasSlices;
  }

  get rank(): number | undefined {
    return this.#office.rankOf(this);
  }

  get mustYield(): boolean {
    return this.#mustYield;
  }

  release(used?: Cost): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#office.release(this, used);
  }

  progress(used: Cost): void {
    this.progressMade = used;
    if (!this.#isOver) this.#office.progressed(this);
  }

  onYield(listener: () => void): void {
    this.#onYield = listener;
    if (this.#mustYield) listener();
  }

  runToEnd(reason: string): void {
    this.runsToEnd ??= reason;
    if (!this.#isOver) this.#office.progressed(this);
  }

  /** Tells the holder, once, that its time slice is used up and others wait. */
  tellToYield(): void {
    if (this.#mustYield) return;
    this.#mustYield = true;
    this.#onYield?.();
  }
}
