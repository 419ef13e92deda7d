import { AiosError } from '@aios/protocol';

export const deadlineHeader = 'x-aios-deadline-ms';
/** Longest time that a timer of Node.js can wait. */
const maxMs = 2_147_483_647;

/** Reads the deadline header: milliseconds from now. */
export function readDeadline(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const value = Number(header);
  if (Number.isInteger(value) && value > 0 && value <= maxMs) return value;
  throw new AiosError(
    'invalid_argument',
    `The header ${deadlineHeader} must be a whole number of milliseconds from 1 to ${maxMs}.`,
  );
}
