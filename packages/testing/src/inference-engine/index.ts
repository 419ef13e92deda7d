// A simulated inference engine with vLLM’s interface: continuous batching, KV memory, prefix cache, priorities. What it
// writes is no language; what takes time in a real engine takes time here.

export type { Fidelity } from './engine-clock.ts';
export { type EngineProcess, startEngineProcess } from './engine-process.ts';
export { a100, a5000, type EngineParameters } from './parameters.ts';
export { type EngineReport, type EngineServer, type LogEntry, startEngineServer } from './server.ts';
