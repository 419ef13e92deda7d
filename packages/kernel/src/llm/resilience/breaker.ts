import type { Clock } from '../clock.ts';

export interface BreakerSettings {
  /** Opens after so many failures in a row. */
  readonly failures: number;
  /** Opens when this part of the last `window` calls failed. */
  readonly failureRate: number;
  /** Calls that the rate is taken over; fewer say nothing. */
  readonly window: number;
  /** Milliseconds until one call may try again. */
  readonly openMs: number;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

/** The right to send one call. Ended once; a second time does nothing. */
export interface Permit {
  succeed(): void;
  fail(): void;
  /** The call ended in a way that says nothing about the endpoint, such as its caller’s cancellation. */
  abandon(): void;
}

/**
 * Stops sending to an endpoint that keeps failing. closed: calls go through. open: none does. half_open: one call does, and
 * how it ends decides.
 */
export class Breaker {
  readonly #settings: BreakerSettings;
  readonly #clock: Clock;
  #inRow = 0;
  /** The outcomes of the last calls, true for a failure. */
  #recent: boolean[] = [];
  #retryAt: number | undefined;
  #probe: Permit | undefined;

  constructor(settings: BreakerSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  get state(): BreakerState {
    if (this.#retryAt === undefined) return 'closed';
    return this.#clock.now() < this.#retryAt ? 'open' : 'half_open';
  }

  /** When the next call may try, in Unix milliseconds; absent while calls go through. */
  get retryAt(): number | undefined {
    return this.#retryAt;
  }

  /** Whether a call that came now would be let through. */
  get isPassable(): boolean {
    return this.#retryAt === undefined || (this.state === 'half_open' && this.#probe === undefined);
  }

  /** A permit, or nothing where no call may be sent now. */
  enter(): Permit | undefined {
    if (!this.isPassable) return undefined;
    const isProbe = this.#retryAt !== undefined;
    const permit = this.#permit();
    if (isProbe) this.#probe = permit;
    return permit;
  }

  #permit(): Permit {
    let isOver = false;
    const end = (settle: (wasProbe: boolean) => void) => {
      if (isOver) return;
      isOver = true;
      const wasProbe = this.#probe === permit;
      if (wasProbe) this.#probe = undefined;
      settle(wasProbe);
    };
    const permit: Permit = {
      succeed: () => end((wasProbe) => (wasProbe ? this.#close() : this.#record(false))),
      fail: () => end((wasProbe) => (wasProbe ? this.#open() : this.#record(true))),
      abandon: () => end(() => undefined),
    };
    return permit;
  }

  /** A call that was sent before the breaker opened changes nothing when it ends after. */
  #record(failed: boolean): void {
    if (this.#retryAt !== undefined) return;
    const { failures, failureRate, window } = this.#settings;
    this.#inRow = failed ? this.#inRow + 1 : 0;
    this.#recent.push(failed);
    if (this.#recent.length > window) this.#recent.shift();
    if (!failed) return;
    const failedShare = this.#recent.filter(Boolean).length / window;
    const isRateReached = this.#recent.length === window && failedShare >= failureRate;
    if (this.#inRow >= failures || isRateReached) this.#open();
  }

  #open(): void {
    this.#retryAt = this.#clock.now() + this.#settings.openMs;
  }

  #close(): void {
    this.#retryAt = undefined;
    this.#inRow = 0;
    this.#recent = [];
  }
}
