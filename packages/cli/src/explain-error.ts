import { AiosError, type ErrorCode } from '@aios/protocol';
import { type ExitCode, exitCodes } from './exit-codes.ts';

const exitCodeOf: Partial<Record<ErrorCode, ExitCode>> = {
  invalid_argument: exitCodes.usage,
  unauthenticated: exitCodes.refused,
  permission_denied: exitCodes.refused,
};

/** The exit code and the words for an error of AIOS; for a defect, where to look. */
export function explainError(thrown: unknown): { message: string; exitCode: ExitCode } {
  if (!AiosError.isInstance(thrown)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { message: `${message} (a defect of aios; AIOS_DEBUG=1 shows where)`, exitCode: exitCodes.failed };
  }
  const unreachable = thrown.code === 'unavailable' && thrown.details?.connection === 'failed';
  const exitCode = unreachable ? exitCodes.unreachable : (exitCodeOf[thrown.code] ?? exitCodes.failed);
  return { message: thrown.message, exitCode };
}
