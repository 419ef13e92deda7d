import type { Clock } from '../clock.ts';
import type { RateLimitReport } from '../driver.ts';
import { Bucket, type Taking } from './bucket.ts';
import { ReportedWindow } from './reported-window.ts';

/** Per minute. An absent one is not limited by us. */
export interface LimitSettings {
  readonly requests?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

/** What one call is expected to use. */
export interface Cost {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What one call may use, taken before it is sent. Settled once; a second time does nothing. */
export interface Reservation {
  /** Corrects the reservation by what was really used; `undefined`: nobody knows, so it counts as reserved. */
  settle(used: Cost | undefined): void;
  /** Nothing was sent after all. */
  cancel(): void;
}

interface Waiter {
  readonly cost: Cost;
  grant(): void;
}

/** The limits of one core: its own buckets, and what the provider reports. Calls are let through in the order they came. */
export class CoreLimits {
  readonly #clock: Clock;
  readonly #requests: Bucket | undefined;
  readonly #input: Bucket | undefined;
  readonly #output: Bucket | undefined;
  readonly #windows: Record<'requests' | 'tokens' | 'inputTokens' | 'outputTokens', ReportedWindow> = {
    requests: new ReportedWindow(),
    tokens: new ReportedWindow(),
    inputTokens: new ReportedWindow(),
    outputTokens: new ReportedWindow(),
  };
  readonly #waiting = new Set<Waiter>();
  /** What those in `#waiting` want, together. */
  #wanted: Cost = { inputTokens: 0, outputTokens: 0 };
  #pausedUntil = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(settings: LimitSettings, clock: Clock) {
    const now = clock.now();
    const bucket = (perMinute: number | undefined) =>
      perMinute === undefined ? undefined : new Bucket(perMinute, now);
    this.#clock = clock;
    this.#requests = bucket(settings.requests);
    this.#input = bucket(settings.inputTokens);
    this.#output = bucket(settings.outputTokens);
  }

  /** When a call may be sent again, where calls wait for that now. */
  get limitedUntil(): number | undefined {
    const now = this.#clock.now();
    const [first] = this.#waiting;
    if (first !== undefined) return now + this.#waitOf(first.cost, 1, now);
    return this.#pausedUntil > now ? this.#pausedUntil : undefined;
  }

  /** Milliseconds that a call which comes now would wait, with all that came before it. */
  waitMs(cost: Cost): number {
    const total = {
      inputTokens: this.#wanted.inputTokens + cost.inputTokens,
      outputTokens: this.#wanted.outputTokens + cost.outputTokens,
    };
    return this.#waitOf(total, this.#waiting.size + 1, this.#clock.now());
  }

  /** Takes what the call needs, at once or when it is there; rejects with the signal’s reason. */
  reserve(wanted: Cost, signal: AbortSignal): Reservation | Promise<Reservation> {
    signal.throwIfAborted();
    const cost = {
      inputTokens: this.#input?.countOf(wanted.inputTokens) ?? wanted.inputTokens,
      outputTokens: this.#output?.countOf(wanted.outputTokens) ?? wanted.outputTokens,
    };
    const now = this.#clock.now();
    if (this.#waiting.size === 0 && this.#waitOf(cost, 1, now) === 0) return this.#take(cost, now);
    return this.#wait(cost, signal);
  }

  /** What a provider reported with an answer or an error. */
  report(report: RateLimitReport): void {
    const now = this.#clock.now();
    const { requests, tokens, inputTokens, outputTokens, retryAfterMs } = report;
    if (requests) this.#windows.requests.report(requests, now);
    if (tokens) this.#windows.tokens.report(tokens, now);
    if (inputTokens) this.#windows.inputTokens.report(inputTokens, now);
    if (outputTokens) this.#windows.outputTokens.report(outputTokens, now);
    if (requests?.remaining !== undefined) this.#requests?.lowerTo(requests.remaining, now);
    if (inputTokens?.remaining !== undefined) this.#input?.lowerTo(inputTokens.remaining, now);
    if (outputTokens?.remaining !== undefined) this.#output?.lowerTo(outputTokens.remaining, now);
    if (retryAfterMs !== undefined) this.pause(retryAfterMs);
    this.#dispatch();
  }

  /** Nothing is sent for so long. */
  pause(forMs: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + forMs);
  }

  #waitOf({ inputTokens, outputTokens }: Cost, requests: number, now: number): number {
    const { requests: requestWindow, tokens, inputTokens: input, outputTokens: output } = this.#windows;
    return Math.max(
      this.#pausedUntil - now,
      this.#requests?.waitMs(requests, now) ?? 0,
      this.#input?.waitMs(inputTokens, now) ?? 0,
      this.#output?.waitMs(outputTokens, now) ?? 0,
      requestWindow.waitMs(requests, now),
      tokens.waitMs(inputTokens + outputTokens, now),
      input.waitMs(inputTokens, now),
      output.waitMs(outputTokens, now),
      0,
    );
  }

  #take(cost: Cost, now: number): Reservation {
    const request = this.#requests?.take(1, now);
    const taken = {
      input: this.#input?.take(cost.inputTokens, now),
      output: this.#output?.take(cost.outputTokens, now),
    };
    this.#windows.requests.take(1);
    this.#windows.tokens.take(cost.inputTokens + cost.outputTokens);
    this.#windows.inputTokens.take(cost.inputTokens);
    this.#windows.outputTokens.take(cost.outputTokens);
    let isSettled = false;
    return {
      settle: (used) => {
        if (isSettled) return;
        isSettled = true;
        if (used !== undefined) this.#correct(taken, cost, used);
      },
      cancel: () => {
        if (isSettled) return;
        isSettled = true;
        if (request !== undefined) this.#requests?.correct(request, 1, this.#clock.now());
        this.#correct(taken, cost, { inputTokens: 0, outputTokens: 0 });
      },
    };
  }

  #correct(
    { input, output }: { input?: Taking | undefined; output?: Taking | undefined },
    reserved: Cost,
    used: Cost,
  ): void {
    const now = this.#clock.now();
    if (input !== undefined) this.#input?.correct(input, reserved.inputTokens - used.inputTokens, now);
    if (output !== undefined) this.#output?.correct(output, reserved.outputTokens - used.outputTokens, now);
    this.#dispatch();
  }

  #wait(cost: Cost, signal: AbortSignal): Promise<Reservation> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiter);
        this.#want(-1, cost);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
        this.#dispatch();
      };
      const waiter: Waiter = {
        cost,
        grant: () => {
          leave();
          resolve(this.#take(cost, this.#clock.now()));
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
      this.#want(1, cost);
      this.#dispatch();
    });
  }

  #want(sign: 1 | -1, { inputTokens, outputTokens }: Cost): void {
    this.#wanted = {
      inputTokens: this.#wanted.inputTokens + sign * inputTokens,
      outputTokens: this.#wanted.outputTokens + sign * outputTokens,
    };
  }

  /** Lets through whom the limits allow, and comes back when they will allow the next one. */
  #dispatch(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const waiter of this.#waiting) {
      const waitMs = this.#waitOf(waiter.cost, 1, this.#clock.now());
      if (waitMs > 0) {
        this.#cancelTimer = this.#clock.after(Math.ceil(waitMs), () => this.#dispatch());
        return;
      }
      waiter.grant();
    }
  }
}
