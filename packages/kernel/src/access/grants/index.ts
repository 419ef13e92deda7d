// Decisions of persons about agents: allow or deny, for good or for a run.

export type { GrantRow } from './grant-store.ts';
export { Grants } from './grants.ts';
export { grantHandlers } from './handlers.ts';
