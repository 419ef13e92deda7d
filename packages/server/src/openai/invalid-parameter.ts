import { AiosError } from '@aios/protocol';

/** A request that cannot be answered, by the parameter that is the reason. */
export function invalidParameter(param: string, message: string): AiosError {
  return new AiosError('invalid_argument', message, { details: { param } });
}
