import type { AiosError } from '@aios/protocol';
import { z } from 'zod';
import type { Cost } from '../limits/index.ts';

const reported = z.object({ inputTokens: z.number().nonnegative(), outputTokens: z.number().nonnegative() });
const nothing: Cost = { inputTokens: 0, outputTokens: 0 };

/** Answers of a gateway that stopped waiting for a model which may be writing still. */
const timedOut: readonly unknown[] = [408, 504, 524];

/**
 * What a failed attempt counts as: what is known of it, nothing where the provider surely did no work, else what was
 * reserved for it, since a vendor charges for a reply that nobody waited for. `hasSent` says that an earlier request of the
 * attempt was answered.
 */
export function wastedBy(error: AiosError, reserved: Cost, hasSent: boolean): Cost {
  const known = reported.safeParse(error.details?.usage);
  if (known.success) return known.data;
  return hasSent || mayHaveWorked(error) ? reserved : nothing;
}

function mayHaveWorked({ code, details = {} }: AiosError): boolean {
  if (code === 'deadline_exceeded' || code === 'internal' || details.begun === true) return true;
  if (code !== 'unavailable' || details.unreachable === true || details.breaker !== undefined) return false;
  return details.status === undefined || timedOut.includes(details.status);
}
