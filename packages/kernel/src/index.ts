// The kernel as a library: boot it, open a session with a token, make system calls. Faces import from here only.

export {
  type AuditReport,
  type SegmentHeader,
  type VerifyOfflineOptions,
  verifyOffline as verifyAudit,
  writeSegment as writeAuditFile,
} from './access/index.ts';
export type { Config } from './config/index.ts';
export { bootKernel, type KernelOptions } from './kernel.ts';
export type { CloseOptions, Kernel, OpenOptions, Session } from './kernel-api.ts';
export { type ForwardQuestion, memberNamed, membersOfRequest, parsedMember } from './llm/index.ts';
export type { AgentFolder } from './process/index.ts';
export { type Caller, type Line, OpenCalls, type Policy, type RequestOptions } from './syscall/index.ts';
export { createLogger, EventBus, type Logger, matchesFilter } from './telemetry/index.ts';
export {
  defineTool,
  type Tool,
  type ToolContext,
  type ToolDefinition,
  type ToolProbe,
} from './tool/index.ts';
