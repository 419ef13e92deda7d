import { AiosError } from '@aios/protocol';
import type { Core } from '../core.ts';
import type { Cost, Reservation } from '../limits/index.ts';

/** What one attempt takes of the limits of its core: for its first request, and for each that its driver sends after that. */
export class Admission {
  readonly #core: Core;
  /** How long a request may wait for the limits. */
  readonly #waitMs: number;
  readonly #signal: AbortSignal;
  readonly #reservations: Reservation[] = [];
  readonly #costs: Cost[] = [];
  #asked = 0;

  constructor(core: Core, waitMs: number, signal: AbortSignal) {
    this.#core = core;
    this.#waitMs = waitMs;
    this.#signal = signal;
  }

  /** What the requests so far were expected to use. */
  get reserved(): Cost {
    return sum(this.#costs);
  }

  /** A request was sent: what is asked for again follows one. */
  get hasSent(): boolean {
    return this.#asked > 1;
  }

  /** Waits until the limits let a request through; throws `rate_limited` where that would take too long. */
  admit(cost: Cost): void | Promise<void> {
    this.#asked += 1;
    const { limits, health } = this.#core;
    const expectedMs = limits.waitMs(cost);
    if (expectedMs > this.#waitMs) throw limitsReached(this.#core, expectedMs);
    const reserved = limits.reserve(cost, this.#signal);
    if (!(reserved instanceof Promise)) return this.#keep(reserved, cost);
    health.read();
    return reserved.then((reservation) => this.#keep(reservation, cost));
  }

  /** Books what all requests used together; `undefined`: nobody knows, so they count as reserved. */
  settle(used: Cost | undefined): void {
    if (this.#reservations.length === 1) {
      this.#reservations[0]?.settle(used);
      return;
    }
    const [first, ...later] = this.#reservations;
    for (const reservation of later) reservation.settle(undefined);
    if (used === undefined) {
      first?.settle(undefined);
      return;
    }
    const booked = sum(this.#costs.slice(1));
    first?.settle({
      inputTokens: Math.max(0, used.inputTokens - booked.inputTokens),
      outputTokens: Math.max(0, used.outputTokens - booked.outputTokens),
    });
  }

  /** Nothing was sent. */
  cancel(): void {
    for (const reservation of this.#reservations) reservation.cancel();
  }

  #keep(reservation: Reservation, cost: Cost): void {
    this.#reservations.push(reservation);
    this.#costs.push(cost);
  }
}

function sum(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (total, cost) => ({
      inputTokens: total.inputTokens + cost.inputTokens,
      outputTokens: total.outputTokens + cost.outputTokens,
    }),
    { inputTokens: 0, outputTokens: 0 },
  );
}

function limitsReached(core: Core, expectedMs: number): AiosError {
  const { name } = core.settings;
  const waitMs = Math.ceil(expectedMs);
  return new AiosError(
    'rate_limited',
    `Model "${name}" has reached its limits; a call would wait ${waitMs} ms. Try again then, or raise the limits of the model.`,
    { details: { model: name, retryAfterMs: waitMs } },
  );
}
