import { AiosError, type ErrorCode, type Usage } from '@aios/protocol';
import { z } from 'zod';
import type { Reservation, Used } from './ports.ts';

/** Errors by which a provider says that it did no work, so that nothing is charged. */
const free: ReadonlySet<ErrorCode> = new Set([
  'invalid_argument',
  'unauthenticated',
  'permission_denied',
  'not_found',
  'failed_precondition',
  'rate_limited',
  'quota_exceeded',
  'unavailable',
]);

/** A reply came, though a broken or a useless one. */
function hasBegun({ details }: AiosError): boolean {
  return details?.partial === true || details?.wrongReply === true;
}

const nothing: Used = { tokens: 0, usd: 0 };
const used = z.object({ tokens: z.number().nonnegative(), usd: z.number().nonnegative() });

/** What the call used although it has no reply, where its handler knows. */
function usedIn(error: unknown): Used | undefined {
  return AiosError.isInstance(error) ? used.safeParse(error.details?.wasted).data : undefined;
}

/** Ends the reservation of one call exactly once, with what the call is known to have used. */
export class Settlement implements Disposable {
  readonly #reservation: Reservation | undefined;
  /** Nothing until the call has run; undefined once it ran and nobody said what it used. */
  #used: Used | undefined = nothing;
  #isMadeAnew = false;

  constructor(reservation: Reservation | undefined) {
    this.#reservation = reservation;
  }

  get used(): Used | undefined {
    return this.#used;
  }

  /** The call answered, with this usage and this cost if it uses a model at all. */
  succeed(usage: Usage | undefined, usd: number): void {
    this.#used = usage === undefined ? nothing : { tokens: usage.inputTokens + usage.outputTokens, usd };
  }

  /** The call failed while it ran. A reply that broke off or was of no use counts as reserved. */
  fail(error: unknown): void {
    this.#isMadeAnew = AiosError.isInstance(error) && error.details?.madeAnew === true;
    const isFree = AiosError.isInstance(error) && free.has(error.code) && !hasBegun(error);
    this.#used = usedIn(error) ?? (isFree ? nothing : undefined);
  }

  [Symbol.dispose](): void {
    if (this.#isMadeAnew && this.#reservation?.release !== undefined) this.#reservation.release();
    else this.#reservation?.settle(this.#used);
  }
}
