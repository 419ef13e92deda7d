import { z } from 'zod';

/** What the receiver of an error can do about it. */
const disposition = z.enum(['retry', 'wait', 'fix_input', 'ask_human', 'operator']);
export type Disposition = z.infer<typeof disposition>;

interface ErrorCodeEntry {
  /** HTTP status when the error travels over HTTP. */
  status: number;
  /** The usual disposition; a thrower may say otherwise. */
  disposition: Disposition;
  /** What the code means, for the documentation. */
  meaning: string;
}

const entries = {
  invalid_argument: {
    status: 400,
    disposition: 'fix_input',
    meaning: 'A field is missing, malformed or out of range.',
  },
  unauthenticated: { status: 401, disposition: 'operator', meaning: 'No valid token came with the call.' },
  permission_denied: { status: 403, disposition: 'ask_human', meaning: 'The caller was not granted this.' },
  not_found: { status: 404, disposition: 'fix_input', meaning: 'Nothing goes by this name.' },
  already_exists: { status: 409, disposition: 'fix_input', meaning: 'The name is taken.' },
  failed_precondition: {
    status: 409,
    disposition: 'fix_input',
    meaning: 'The state of the thing does not allow it now.',
  },
  quota_exceeded: { status: 402, disposition: 'ask_human', meaning: 'A budget is used up.' },
  rate_limited: {
    status: 429,
    disposition: 'wait',
    meaning: 'Too much at once; details carry retryAfterMs.',
  },
  stale_fence: {
    status: 409,
    disposition: 'operator',
    meaning: 'The process was taken over by somebody else.',
  },
  deadline_exceeded: {
    status: 504,
    disposition: 'retry',
    meaning: 'The call’s deadline passed before it was done.',
  },
  cancelled: { status: 499, disposition: 'retry', meaning: 'The caller, or a kill, cancelled the call.' },
  outcome_unknown: {
    status: 409,
    disposition: 'ask_human',
    meaning: 'A crash hid whether the effect happened.',
  },
  unavailable: {
    status: 503,
    disposition: 'retry',
    meaning: 'Something needed is not reachable or has no room.',
  },
  internal: { status: 500, disposition: 'operator', meaning: 'A defect in AIOS or in an agent.' },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof entries;

/** Every error code with its HTTP status, usual disposition and meaning. */
export const errorCodeTable: Readonly<Record<ErrorCode, ErrorCodeEntry>> = entries;

export const errorCodes = z.enum(Object.keys(entries) as [ErrorCode, ...ErrorCode[]]);

/** An error on the wire: a problem document (RFC 9457) with the members that AIOS adds. */
export const problem = z.object({
  type: z.string().describe('urn:aios:error: and the code'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().describe('What went wrong and what to do about it'),
  code: errorCodes,
  disposition,
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof problem>;
