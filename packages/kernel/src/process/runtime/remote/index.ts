// Agents in programs elsewhere, which offer to run them over a connection that a face carries. `entry.ts` says how such an
// agent stands on record.

export { isRemote, remoteAgent, remoteEntry } from './entry.ts';
export { type HostLine, RemoteRuntime } from './remote-runtime.ts';
