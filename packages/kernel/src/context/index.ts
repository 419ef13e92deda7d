// What models are told of the past: kept conversations of processes with their checkpoints, and histories that fit into windows.
// A folder for each part.

export { createContexts } from './checkpoint/index.ts';
export { type ContextWindow, createWindow, type Fitted } from './window/index.ts';
