// Processes: their table and life cycle, the runtimes that run agents’ code, journals and logs.

export type { AgentFolder } from './agent-registry.ts';
export type { ProcessTable } from './process-table.ts';
export { createProcesses, type Processes, type ProcessesOptions } from './processes.ts';
export type { HostLine } from './runtime/remote/index.ts';
export type { WebhookRequest } from './trigger/index.ts';
