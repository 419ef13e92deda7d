// What agent authors and client programs import: the typed client, `defineAgent`, `connect` and the tool loop. Depends on
// protocol alone; holds no policy. `connection/` is the way to a kernel from outside and is imported only through here.

export {
  AiosError,
  type ChatChunk,
  type ChatMessage,
  type ChatReply,
  type EventFilter,
  type JsonObject,
  type JsonValue,
  type KernelEvent,
  type KernelInfo,
  type Message,
  type ProcessDescription,
  type ProcessSignal,
  type SearchMatch,
  type SyscallChannel,
  type SyscallName,
  type ToolCall,
  type ToolDescription,
} from '@aios/protocol';
export { type AgentContext, type AgentOptions, defineAgent, needsInput } from './agent.ts';
export { type Aios, createClient } from './aios.ts';
export { ask } from './ask.ts';
export {
  type ChatWithToolsOptions,
  type ChatWithToolsResult,
  chatWithTools,
  type ToolOutcome,
} from './chat-with-tools.ts';
export { type Client, type ConnectOptions, connect, type SubscribeOptions } from './connection/client.ts';
export {
  credentialsFile,
  readKernelInfo,
  resolveHome,
} from './connection/locate-kernel.ts';
export { type AgentServer, type ServeAgentsOptions, serveAgents } from './serve/index.ts';
