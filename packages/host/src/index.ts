// Runs agents’ code outside of the kernel. The kernel starts `child-main.ts` as a program; the SDK serves agents with the same
// `AgentHost` over a WebSocket. Depends on protocol alone; knows nothing of the kernel.

export { AgentHost, type AgentHostOptions } from './agent-host.ts';
export { FrameStream, type FrameStreamOptions } from './frame-stream.ts';
export { importAgent, manifestOf, offerImports } from './import-agent.ts';
export { type Carrier, ResumableLink, type ResumableLinkOptions } from './resumable-link.ts';
