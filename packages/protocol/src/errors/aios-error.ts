import { type Disposition, type ErrorCode, errorCodeTable, type Problem } from './codes.ts';

/** Registered globally, so that an error is recognised across two copies of this package. */
const marker = Symbol.for('aios.error');

export interface AiosErrorOptions {
  cause?: unknown;
  details?: Record<string, unknown>;
  /** Only where it differs from the usual one of the code. */
  disposition?: Disposition;
}

/** The one error class of AIOS. The message says what went wrong and what the reader can do. */
export class AiosError extends Error {
  readonly [marker] = true;
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: AiosErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AiosError';
    this.code = code;
    this.disposition = options.disposition ?? errorCodeTable[code].disposition;
    this.details = options.details;
  }

  static isInstance(value: unknown): value is AiosError {
    return typeof value === 'object' && value !== null && marker in value;
  }

  static fromProblem(document: Problem): AiosError {
    const { code, detail, details, disposition } = document;
    return new AiosError(code, detail, { disposition, ...(details && { details }) });
  }

  toProblem(): Problem {
    return {
      type: `urn:aios:error:${this.code}`,
      title: this.code.replaceAll('_', ' '),
      status: errorCodeTable[this.code].status,
      detail: this.message,
      code: this.code,
      disposition: this.disposition,
      ...(this.details && { details: this.details }),
    };
  }
}

/** Turns anything thrown into an AiosError: ours as it is, an abort into `cancelled`, the rest into `internal`. */
export function toAiosError(thrown: unknown): AiosError {
  if (AiosError.isInstance(thrown)) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') {
    return new AiosError('deadline_exceeded', 'The deadline passed. Allow more time or ask for less.', {
      cause: thrown,
    });
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AiosError('cancelled', 'The call was cancelled.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AiosError('internal', message, { cause: thrown });
}
