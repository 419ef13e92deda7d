import { Heap } from '../../../heap/index.ts';
import type { Program } from '../../learning/index.ts';
import type { PolicySurroundings } from '../../policy.ts';
import type { Ticket } from '../../ticket.ts';
import { ProgramLine } from './program-line.ts';

/** Milliseconds of work that a millisecond of waiting is worth; keeps equals in the order in which they came. */
const ageing = 0.05;
/** Coefficient of variation from which on least attained service does more good than harm: that of the exponential distribution. */
const leastVariation = 1;
/** Until the first call has shown how fast a slot works: 50 output tokens a second, of a call of a second. */
const usualPace = { unitsPerMs: 0.1, callMs: 1000 };

/** What is known of a program, as milliseconds of a slot. */
export type Outlook =
  | { readonly kind: 'remaining'; readonly ms: number }
  | { readonly kind: 'attained'; readonly ms: number }
  /** Programs are of similar size, as far as is known: all are taken to be as long. */
  | { readonly kind: 'alike'; readonly ms: number; readonly variation: number };

/**
 * Which program of a tenant comes next.
 *
 * The one of which the least work is expected to be left (SERPT), as learned from finished programs of its agent, else of
 * all agents. While nothing is learned, the one that got least of late (least attained service: PLAS of Autellix, arXiv
 * 2502.13965), unless programs are seen to be of similar size: there that favours newcomers for nothing, and who
 * came first goes first. The former comes to the contrary there, to those that are almost done,
 * and need not be switched off. A program whose calls waited `starvationFactor` times as long as they ran goes before all
 * others (the beta of Autellix).
 */
export class ProgramOrder {
  readonly #surroundings: PolicySurroundings;
  readonly #lines = new Map<string, ProgramLine>();
  readonly #byRank = new Heap<ProgramLine>();
  readonly #byStarvation = new Heap<ProgramLine>();

  constructor(surroundings: PolicySurroundings) {
    this.#surroundings = surroundings;
  }

  get lines(): Iterable<ProgramLine> {
    return this.#lines.values();
  }

  enqueue(ticket: Ticket): void {
    const { name } = ticket.program;
    let line = this.#lines.get(name);
    if (line === undefined) {
      line = new ProgramLine(ticket.program);
      this.#lines.set(name, line);
    }
    ticket.entry = line.calls.push(ticket);
    if (line.calls.length === 1) this.#place(line);
  }

  next(now: number): Ticket | undefined {
    const ticket = this.#first(now)?.calls.first;
    if (ticket !== undefined) this.remove(ticket);
    return ticket;
  }

  remove(ticket: Ticket): void {
    const line = this.#lines.get(ticket.program.name);
    if (line === undefined || ticket.entry === undefined) return;
    const wasFirst = line.calls.first === ticket;
    line.calls.remove(ticket.entry);
    if (wasFirst) this.#place(line);
  }

  /** What the program got has changed. */
  update(name: string): void {
    const line = this.#lines.get(name);
    if (line !== undefined) this.#place(line);
  }

  /** Calls of the program that wait. */
  queued(name: string): number {
    return this.#lines.get(name)?.calls.length ?? 0;
  }

  isStarving({ starvation }: ProgramLine, now: number): boolean {
    return starvation.key <= now;
  }

  /** Milliseconds of a slot that the program is expected to need, or that it got where nothing is known. */
  outlook({ agent, attained, recent }: Program): Outlook {
    const { profiles, pace, spread } = this.#surroundings;
    const unitsPerMs = pace.unitsPerMs ?? usualPace.unitsPerMs;
    const remaining = profiles.expectedRemaining(agent, attained, recent);
    if (remaining !== undefined) return { kind: 'remaining', ms: remaining / unitsPerMs };
    const sizes = spread();
    if (sizes === undefined || sizes.variation >= leastVariation) {
      return { kind: 'attained', ms: recent / unitsPerMs };
    }
    return { kind: 'alike', ms: sizes.mean / 2 / unitsPerMs, variation: sizes.variation };
  }

  #first(now: number): ProgramLine | undefined {
    const starving = this.#byStarvation.first;
    if (starving !== undefined && starving.key <= now) return starving.item;
    return this.#byRank.first?.item;
  }

  /** Puts a program where its first call belongs now. */
  #place(line: ProgramLine): void {
    const head = line.calls.first;
    if (head === undefined) {
      this.#byRank.remove(line.rank);
      this.#byStarvation.remove(line.starvation);
      this.#lines.delete(line.program.name);
      return;
    }
    const { waitedMs, servedMs } = line.program;
    const { pace, settings } = this.#surroundings;
    const runMs = servedMs + (pace.callMs ?? usualPace.callMs);
    const starvesAt = head.arrivedAt + settings().starvationFactor * runMs - waitedMs;
    this.#byRank.put(line.rank, this.outlook(line.program).ms + ageing * head.arrivedAt, head.sequence);
    this.#byStarvation.put(line.starvation, starvesAt, head.sequence);
  }
}
