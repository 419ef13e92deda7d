// What models are told of the past, and what they have said so far: histories that fit into their windows, generations that
// pause and go on.

export * from './snapshot/index.ts';
export { type ContextWindow, createWindow, type Fitted } from './window/index.ts';
