import { AiosError } from '@aios/protocol';

/** A configuration error that names the key. */
export function configError(key: string, message: string): AiosError {
  return new AiosError('invalid_argument', `${key}: ${message}`, { details: { key } });
}
