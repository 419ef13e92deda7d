// The contract that every other package hangs on: the system-call table, its schemas, errors, events and frames.
// Depends on zod alone and holds no logic. Change the table in `calls/`; every face is derived from it.

export {
  type AgentDefinition,
  type AgentManifest,
  agentDefinitionMarker,
  agentManifest,
  type SignalListener,
} from './agent.ts';
export {
  type ApprovalDecision,
  type ApprovalDescription,
  type ApprovalScope,
  type ApprovalState,
  approvalDecision,
  approvalScope,
  approvalState,
} from './calls/approval.ts';
export { type AuditEntry, type AuditOutcome, auditEntry, auditOutcome } from './calls/audit.ts';
export type { ContextCheckpoint } from './calls/context.ts';
export type { ConversationEntry } from './calls/conversation.ts';
export {
  type EffectDescription,
  type EffectOutcome,
  type EffectState,
  effectOutcome,
  effectState,
} from './calls/effect.ts';
export {
  type ForwardDialect,
  type ForwardReply,
  type ForwardRequest,
  forwardDialects,
} from './calls/forward.ts';
export { type GrantDecision, type GrantDescription, grantDecision } from './calls/grant.ts';
export type { KernelStatus } from './calls/kernel.ts';
export { defaultKeyPermissions, type KeyDescription } from './calls/key.ts';
export {
  type ChatChunk,
  type ChatMessage,
  type ChatReply,
  type ChatRequest,
  type ContentPart,
  type EmbedReply,
  type EmbedRequest,
  type ModelDescription,
  type ModelHealth,
  type ModelPrices,
  modelCapabilities,
  type ResponseFormat,
  type ToolCall,
  type ToolSpecification,
} from './calls/llm.ts';
export type { Note, ScoredNote } from './calls/memory.ts';
export { type LogEntry, logKind, type ProcessDescription, type ReplayedCall } from './calls/process.ts';
export type { KernelSchedule } from './calls/schedule.ts';
export type { ScheduleDescription } from './calls/schedules.ts';
export type { FileEntry, FileVersion, SearchMatch } from './calls/storage.ts';
export type { ToolDescription } from './calls/tool.ts';
export { type TriggerDescription, type TriggerSource, triggerSource } from './calls/trigger.ts';
export type { CallOptions, SyscallChannel } from './channel.ts';
export { AiosError, type AiosErrorOptions, toAiosError } from './errors/aios-error.ts';
export {
  type Disposition,
  type ErrorCode,
  errorCodes,
  errorCodeTable,
  type Problem,
  problem,
} from './errors/codes.ts';
export { type EventOf, type KernelEvent, type KernelEventType, kernelEvent } from './events.ts';
export {
  type ClientFrame,
  clientFrame,
  type EventFilter,
  eventFilter,
  type ServerFrame,
  serverFrame,
} from './frames.ts';
export { type FromHost, fromHost, type ToHost, toHost } from './host-frames.ts';
export { type LinkFromHost, type LinkToHost, linkFromHost, linkToHost } from './host-link-frames.ts';
export { type KernelInfo, kernelInfo } from './kernel-info.ts';
export {
  type CheckpointId,
  checkpointId,
  type Pid,
  pid,
  type TenantId,
  tenantId,
  type UserId,
  userId,
} from './schemas/ids.ts';
export { type JsonObject, type JsonValue, jsonObject, jsonValue } from './schemas/json.ts';
export { type Message, type MessageFilter, message } from './schemas/message.ts';
export { virtualPath } from './schemas/path.ts';
export { type Permission, permission } from './schemas/permission.ts';
export {
  type ProcessExit,
  type ProcessHealth,
  type ProcessSignal,
  type ProcessState,
  processExit,
  processSignal,
  processState,
  type SignalName,
  signalName,
} from './schemas/process.ts';
export { type Quota, type QuotaScope, quotaScope } from './schemas/quota.ts';
export {
  type Restart,
  type RestartPolicy,
  restart,
  restartDescription,
  restartPolicy,
} from './schemas/restart.ts';
export { type RuntimeName, runtimeName } from './schemas/runtime.ts';
export { type CallClass, callClass, type SchedulingPolicy, schedulingPolicy } from './schemas/scheduling.ts';
export { type AtLimit, atLimit, type Budget, budget, type Usage, usage } from './schemas/usage.ts';
export { type WaitCondition, type WaitKind, type WaitResult, waitCondition } from './schemas/wait.ts';
export {
  type ContextStrategy,
  contextStrategy,
  type WindowReport,
  type WindowWish,
} from './schemas/window.ts';
export type { Effect, PermissionRule, Resource, SyscallDefinition } from './syscall.ts';
export {
  isSyscallName,
  type SyscallChunk,
  type SyscallInput,
  type SyscallName,
  type SyscallOutput,
  type SyscallRequest,
  syscallNames,
  syscalls,
} from './table.ts';
