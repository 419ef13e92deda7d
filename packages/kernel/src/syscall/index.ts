// The path of a system call, and the types by which modules answer calls. Modules import from here; nothing here imports a
// module.

export { untilAborted } from './abort.ts';
export { type Boundary, boundaries } from './boundaries.ts';
export type {
  AccessRequest,
  Caller,
  CallerBudget,
  CallingProcess,
  Policy,
  Urgency,
  Verdict,
} from './caller.ts';
export { canonicalJson } from './canonical-json.ts';
export type { Commit, CommitTransaction } from './commit.ts';
export { callSignal } from './deadline.ts';
export {
  type Downgrade,
  type HandlersOf,
  handle,
  type Need,
  type PreparedCall,
  type SyscallContext,
  type SyscallHandler,
  type SyscallHandlers,
} from './handler.ts';
export { createLine, type Line, type RequestOptions } from './line.ts';
export { type OpenCall, OpenCalls } from './open-calls.ts';
export { SyscallPath } from './path.ts';
export type {
  AskedCall,
  Audit,
  AuditedCall,
  AuditTrail,
  CallOutcome,
  CallRecord,
  CallReport,
  DataFlowGuard,
  EffectTerms,
  GuardedCall,
  Journal,
  JournalKey,
  JournalledCall,
  Objection,
  PathPorts,
  Permit,
  ProbeAnswer,
  Recollection,
  Reservation,
  SlotRequest,
  Taint,
  Used,
  WriteAlso,
  WriteOutcome,
} from './ports.ts';
export type { CallRequest, PlaceInProcess } from './request.ts';
export { accessRequest, checkInput, checkName } from './validation.ts';
