// The audit: what was denied and what reached outside or destroyed something, in a chain of entries for each tenant that is
// only ever added to, signed, and anchored outside of the database. docs/audit.md tells the format. Guarantees: the entry of a
// change is in the transaction of the change; a call whose entry cannot be written fails.

export { auditHandlers } from './audit-handlers.ts';
export { openAudit } from './audit-log.ts';
export { type SegmentHeader, writeSegment } from './segment.ts';
export type { AuditReport } from './verify.ts';
export { type VerifyOfflineOptions, verifyOffline } from './verify-offline.ts';
