import { AiosError, type ErrorCode, type Usage } from '@aios/protocol';
import type { Reservation } from './ports.ts';

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

/** What the call used although it has no reply, where its handler knows. */
function wastedTokens(error: unknown): number | undefined {
  const tokens = AiosError.isInstance(error) ? error.details?.wastedTokens : undefined;
  return typeof tokens === 'number' ? tokens : undefined;
}

/** Ends the reservation of one call exactly once, with what the call is known to have used. */
export class Settlement implements Disposable {
  readonly #reservation: Reservation | undefined;
  /** Nothing until the call has run; undefined once it ran and nobody said what it used. */
  #usedTokens: number | undefined = 0;

  constructor(reservation: Reservation | undefined) {
    this.#reservation = reservation;
  }

  get usedTokens(): number | undefined {
    return this.#usedTokens;
  }

  /** The call answered, with this usage if it uses a model at all. */
  succeed(usage: Usage | undefined): void {
    this.#usedTokens = usage === undefined ? 0 : usage.inputTokens + usage.outputTokens;
  }

  /** The call failed while it ran. A reply that broke off or was of no use counts as reserved. */
  fail(error: unknown): void {
    const isFree = AiosError.isInstance(error) && free.has(error.code) && !hasBegun(error);
    this.#usedTokens = wastedTokens(error) ?? (isFree ? 0 : undefined);
  }

  /** The call was answered from the journal; what it used then counts now. */
  replay(usedTokens: number): void {
    this.#usedTokens = usedTokens;
  }

  [Symbol.dispose](): void {
    this.#reservation?.settle(this.#usedTokens);
  }
}
