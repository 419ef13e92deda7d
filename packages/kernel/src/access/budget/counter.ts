import { type Amounts, counted, noAmounts } from './amounts.ts';
import type { Bound } from './bounds.ts';
import { spanAt, type Window } from './window.ts';

/** What is on record of a window. */
export interface RecordedUse extends Amounts {
  readonly startedAt: number;
}

/** Part of a limit at which a warning is due. */
const warningAt = 0.8;

/**
 * What one account used and holds reserved in one kind of window. While the limits stay and nobody uses more than was
 * reserved, `used + reserved` is at no time above a limit.
 */
export class Counter {
  readonly window: Window;
  readonly used: Amounts = noAmounts();
  readonly reserved: Amounts = noAmounts();
  /** What is on disk for this window: at least this counts after a crash. */
  covered: Amounts = noAmounts();
  bounds: readonly Bound[] = [];
  #startedAt: number;
  #endsAt: number;

  constructor(window: Window, now: number, recorded: RecordedUse | undefined) {
    this.window = window;
    const span = spanAt(window, recorded?.startedAt ?? now);
    this.#startedAt = span.startedAt;
    this.#endsAt = span.endsAt;
    if (recorded === undefined) return;
    for (const dimension of counted) {
      this.used[dimension] = recorded[dimension];
      this.covered[dimension] = recorded[dimension];
    }
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  get endsAt(): number {
    return this.#endsAt;
  }

  /** Takes other limits over. What was used stays; a warning that was given counts for the same limit only. */
  bind(bounds: readonly Bound[]): void {
    for (const bound of bounds) {
      const before = this.bounds.find(({ dimension }) => dimension === bound.dimension);
      if (before?.limit !== bound.limit) continue;
      bound.isWarned = before.isWarned;
      bound.isExceeded = before.isExceeded;
    }
    this.bounds = bounds;
  }

  /**
   * Comes to the window of now. What is reserved goes along. A clock that went back gives nothing anew: what was used counts
   * in the window that it fell back into.
   */
  roll(now: number): void {
    if (now < this.#endsAt && now >= this.#startedAt) return;
    const isLater = now >= this.#endsAt;
    ({ startedAt: this.#startedAt, endsAt: this.#endsAt } = spanAt(this.window, now));
    if (!isLater) return;
    for (const dimension of counted) {
      this.used[dimension] = 0;
      this.covered[dimension] = 0;
    }
    for (const bound of this.bounds) {
      bound.isWarned = false;
      bound.isExceeded = false;
    }
  }

  /** The bound that has no room for so much. */
  shortOf(need: Amounts): Bound | undefined {
    for (const bound of this.bounds) {
      const { dimension, limit } = bound;
      const wanted = need[dimension];
      if (wanted > 0 && this.used[dimension] + this.reserved[dimension] + wanted > limit) return bound;
    }
    return undefined;
  }

  /** A call counts as used at once, for there is nothing to find out about it later. */
  hold(need: Amounts): void {
    this.used.calls += need.calls;
    this.reserved.tokens += need.tokens;
    this.reserved.nanoUsd += need.nanoUsd;
  }

  settle(held: Amounts, used: Amounts): void {
    this.reserved.tokens -= held.tokens;
    this.reserved.nanoUsd -= held.nanoUsd;
    this.used.tokens += used.tokens;
    this.used.nanoUsd += used.nanoUsd;
  }

  /** Takes back a call that never began. */
  release(held: Amounts): void {
    this.used.calls = Math.max(0, this.used.calls - held.calls);
    this.reserved.tokens -= held.tokens;
    this.reserved.nanoUsd -= held.nanoUsd;
  }

  /** Bounds that are now used to 80 % and were not before in this window. */
  warnings(): readonly Bound[] {
    let due: Bound[] | undefined;
    for (const bound of this.bounds) {
      if (bound.isWarned || this.used[bound.dimension] < bound.limit * warningAt) continue;
      bound.isWarned = true;
      due ??= [];
      due.push(bound);
    }
    return due ?? none;
  }
}

const none: readonly Bound[] = [];
