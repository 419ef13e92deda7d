import { MovingAverage } from '../average.ts';
import type { Program } from '../learning/index.ts';

/** What shows that too many programs use a resource at the same time. */
export type Congestion =
  /** It refused calls: HTTP 429. */
  | 'refusals'
  /** Its memory for keys and values is too small for the contexts of all of them, so it computes them again and again. */
  | 'kv'
  /** Calls take longer than was set as the target. */
  | 'latency';

/** What a decrease leaves of the window. Of memory it is known how many it bears, so that a decrease does not go too far. */
const kept: Readonly<Record<Congestion, number>> = { refusals: 0.75, kv: 0.5, latency: 0.75 };
/** How long no other follows: the calls that run were let in before it. */
const leastSettleMs = 500;
/** A bound that nobody came up against for so long is lifted. */
const unusedMs = 60_000;
/** How long a place is kept for a program that waits for its tools: so many times as long as they usually take. */
const keepFactor = 4;
const keepMs = { least: 100, usual: 10_000, most: 60_000 };

/** A program that may use the resource. */
interface Place {
  readonly program: Program;
  /** Its calls that wait for a slot or hold one; none while it waits for its tools. */
  calls: number;
  /** Tokens of its context, as far as they are known. */
  tokens: number;
  idleSince: number;
}

/** What the programs that have a place ask of the resource. */
export interface Demand {
  readonly programs: number;
  /** Tokens of their contexts together. */
  readonly contextTokens: number;
  /** Part of the tokens that were sent since this was last asked which the resource had computed before. */
  readonly knownShare: number | undefined;
}

/**
 * How many programs may use a resource at the same time: any number until the resource shows that they are too many, and
 * then as many as it bears, which is found by additive increase and multiplicative decrease (CONCUR, arXiv 2601.22705).
 * Where memory is what is short, a program keeps its place while it waits for its tools, for as long as they usually take,
 * and loses it first when places are taken away (ThunderAgent, arXiv 2602.13692); else it gives the place up at once.
 */
export class AdmissionWindow {
  readonly #places = new Map<Program, Place>();
  /** Those without a call, the one that is silent for the longest first. */
  readonly #idle = new Set<Place>();
  readonly #pauseMs = new MovingAverage(0.05);
  #bound: { limit: number; cause: Congestion; reason: string; since: number } | undefined;
  #settledAt = 0;
  #neededAt = 0;
  #contextTokens = 0;
  #sent = { all: 0, known: 0 };

  get bound(): Readonly<{ limit: number; cause: Congestion; reason: string; since: number }> | undefined {
    return this.#bound;
  }

  get programs(): number {
    return this.#places.size;
  }

  /** Those that wait for their tools and keep their place meanwhile. */
  get idle(): number {
    return this.#idle.size;
  }

  /** Whether a call of the program may go on to a slot. */
  admits(program: Program, now: number): boolean {
    return this.#bound === undefined || this.#places.has(program) || this.hasRoom(now);
  }

  /** Whether a further program may take a place. */
  hasRoom(now: number): boolean {
    if (this.#bound === undefined) return true;
    this.#expire(now);
    const [longest] = this.#idle;
    // Where all wait for their tools, the resource would do nothing.
    if (longest !== undefined && this.#idle.size === this.#places.size) this.#close(longest);
    return this.#places.size < Math.floor(this.#bound.limit);
  }

  /** When a place will be given up by a program that is silent for too long; nothing where none is. */
  get roomAt(): number | undefined {
    const [first] = this.#idle;
    return first && first.idleSince + this.#keepMs;
  }

  /** A call of a program that may goes on to a slot. */
  enter(program: Program, inputTokens: number, now: number): void {
    const place = this.#places.get(program) ?? this.#open(program);
    if (place.calls === 0 && place.tokens > 0) {
      this.#pauseMs.add(now - place.idleSince);
      this.#sent.known += Math.min(place.tokens, inputTokens);
    }
    if (place.calls === 0) this.#sent.all += inputTokens;
    this.#idle.delete(place);
    place.calls += 1;
    this.#grow(place, Math.max(place.tokens, inputTokens));
  }

  /** The call is over. `tokens` is what its context came to, absent where nothing was sent; `giveUp`: others wait too long. */
  leave(program: Program, tokens: number | undefined, now: number, giveUp = false): void {
    const place = this.#places.get(program);
    if (place === undefined) return;
    place.calls -= 1;
    if (tokens !== undefined) this.#grow(place, tokens);
    if (place.calls > 0) return;
    const isOver = this.#bound !== undefined && (giveUp || this.#places.size > this.#bound.limit);
    if (isOver || !this.#keepsPlaces) this.#close(place);
    else {
      place.idleSince = now;
      this.#idle.add(place);
      this.#expire(now);
    }
  }

  /** The program makes no more calls. */
  end(program: Program): void {
    const place = this.#places.get(program);
    if (place !== undefined && place.calls === 0) this.#close(place);
  }

  /** Takes places away, but no more than leave `atLeast`: first those of programs that wait for their tools. */
  congested(cause: Congestion, reason: string, now: number, callMs: number, atLeast = 1): void {
    if (now < this.#settledAt) return;
    this.#expire(now);
    const active = cause === 'kv' ? this.#places.size : this.#places.size - this.#idle.size;
    const before = Math.min(this.#bound?.limit ?? Number.POSITIVE_INFINITY, active);
    const limit = Math.max(1, atLeast, Math.floor(before * kept[cause]));
    if (limit >= (this.#bound?.limit ?? active)) return;
    this.#bound = { limit, cause, reason, since: now };
    this.#settledAt = now + Math.max(leastSettleMs, callMs);
    this.#neededAt = now;
    for (const place of this.#idle) {
      if (this.#places.size <= limit && this.#keepsPlaces) return;
      this.#close(place);
    }
  }

  /** Nothing is short: one place more for each round of calls while programs wait for one, and no bound where none did for long. */
  eased(cause: Congestion, now: number, isNeeded: boolean, places: number): void {
    if (this.#bound?.cause !== cause || now < this.#settledAt) return;
    if (isNeeded) {
      this.#neededAt = now;
      this.#bound.limit += places;
    } else if (now - this.#neededAt > unusedMs) this.#bound = undefined;
  }

  lift(): void {
    this.#bound = undefined;
  }

  /** Starts a new measurement of what is sent. */
  takeDemand(): Demand {
    const { all, known } = this.#sent;
    this.#sent = { all: 0, known: 0 };
    return {
      programs: this.#places.size,
      contextTokens: this.#contextTokens,
      knownShare: all === 0 ? undefined : known / all,
    };
  }

  get #keepsPlaces(): boolean {
    return this.#bound === undefined || this.#bound.cause === 'kv';
  }

  get #keepMs(): number {
    const { value } = this.#pauseMs;
    if (value === undefined) return keepMs.usual;
    return Math.min(keepMs.most, Math.max(keepMs.least, keepFactor * value));
  }

  #open(program: Program): Place {
    const place: Place = { program, calls: 0, tokens: 0, idleSince: 0 };
    this.#places.set(program, place);
    return place;
  }

  #close(place: Place): void {
    this.#grow(place, 0);
    this.#idle.delete(place);
    this.#places.delete(place.program);
  }

  #grow(place: Place, tokens: number): void {
    this.#contextTokens += tokens - place.tokens;
    place.tokens = tokens;
  }

  #expire(now: number): void {
    for (const place of this.#idle) {
      if (place.idleSince + this.#keepMs > now) return;
      this.#close(place);
    }
  }
}
