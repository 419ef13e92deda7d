// The pages of docs/reference/, rendered from the system-call table.

import { join } from 'node:path';
import { renderErrors } from './errors.ts';
import { renderSystemCalls } from './system-calls.ts';

export const referenceFolder = join(import.meta.dirname, '../../docs/reference');

/** The pages by their file names. */
export const referencePages: Readonly<Record<string, () => string>> = {
  'system-calls.md': renderSystemCalls,
  'errors.md': renderErrors,
};
