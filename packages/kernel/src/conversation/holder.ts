import type { Caller } from '../syscall/index.ts';

/** Whose entries: nobody else ever sees them. */
export interface Holder {
  readonly tenant: string;
  readonly user: string;
  /** `process:PID` or `key:ID`; empty for the user outside both. */
  readonly holder: string;
}

/** A process shares its entries with nobody, whatever key its calls come with. */
export function holderOf({ tenant, user, process, key }: Caller): Holder {
  if (process !== undefined) return { tenant, user, holder: `process:${process.pid}` };
  return { tenant, user, holder: key === undefined ? '' : `key:${key.id}` };
}
