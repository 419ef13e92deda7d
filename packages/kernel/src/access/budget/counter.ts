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
  #covered: Amounts = noAmounts();
  // The bounds once more, in the form that costs least where there is room, as there mostly is.
  #limits = boundless();
  #warnAt = boundless();
  /** Above this the store is asked ahead of time to vouch for more. */
  #coverAt = boundless();
  bounds: readonly Bound[] = [];
  /** Calls to this model do not count here. */
  cheaperModel: string | undefined;
  #startedAt: number;
  #endsAt: number;

  constructor(window: Window, now: number, recorded: RecordedUse | undefined) {
    this.window = window;
    const span = spanAt(window, recorded?.startedAt ?? now);
    this.#startedAt = span.startedAt;
    this.#endsAt = span.endsAt;
    if (recorded === undefined) return;
    for (const dimension of counted) this.used[dimension] = recorded[dimension];
    this.cover({ ...this.used });
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  get endsAt(): number {
    return this.#endsAt;
  }

  /** What is on disk for this window: at least this counts after a crash. */
  get covered(): Readonly<Amounts> {
    return this.#covered;
  }

  cover(amounts: Amounts): void {
    this.#covered = amounts;
    this.#coverAt = boundless();
    for (const { dimension, limit, headroom } of this.bounds) {
      const left = amounts[dimension] < limit ? headroom / 2 : 0;
      this.#coverAt[dimension] = amounts[dimension] - left;
    }
  }

  /** Whether what is held comes near what is on disk, or is above it. */
  get isNearlyUncovered(): boolean {
    const { used, reserved } = this;
    const at = this.#coverAt;
    return (
      used.calls > at.calls ||
      used.tokens + reserved.tokens > at.tokens ||
      used.nanoUsd + reserved.nanoUsd > at.nanoUsd
    );
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
    this.#limits = boundless();
    this.#warnAt = boundless();
    for (const { dimension, limit, isWarned } of bounds) {
      this.#limits[dimension] = limit;
      if (!isWarned) this.#warnAt[dimension] = limit * warningAt;
    }
    this.cover(this.#covered);
    this.cheaperModel = bounds.find(({ atLimit }) => atLimit === 'cheaper_model')?.cheaperModel;
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
    for (const dimension of counted) this.used[dimension] = 0;
    this.cover(noAmounts());
    for (const bound of this.bounds) {
      bound.isWarned = false;
      bound.isExceeded = false;
      this.#warnAt[bound.dimension] = bound.limit * warningAt;
    }
  }

  /** The bound that has no room for so much. */
  shortOf(need: Amounts): Bound | undefined {
    const { used, reserved } = this;
    const limits = this.#limits;
    if (
      used.calls + need.calls <= limits.calls &&
      used.tokens + reserved.tokens + need.tokens <= limits.tokens &&
      used.nanoUsd + reserved.nanoUsd + need.nanoUsd <= limits.nanoUsd
    ) {
      return undefined;
    }
    for (const bound of this.bounds) {
      const { dimension, limit } = bound;
      const wanted = need[dimension];
      if (wanted > 0 && used[dimension] + reserved[dimension] + wanted > limit) return bound;
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
    const { used } = this;
    const at = this.#warnAt;
    if (used.calls < at.calls && used.tokens < at.tokens && used.nanoUsd < at.nanoUsd) return none;
    const due = this.bounds.filter(
      ({ dimension, isWarned }) => !isWarned && used[dimension] >= at[dimension],
    );
    for (const bound of due) {
      bound.isWarned = true;
      at[bound.dimension] = Number.POSITIVE_INFINITY;
    }
    return due;
  }
}

const none: readonly Bound[] = [];

function boundless(): Amounts {
  const unlimited = Number.POSITIVE_INFINITY;
  return { calls: unlimited, tokens: unlimited, nanoUsd: unlimited };
}
