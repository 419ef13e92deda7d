// What models are told of the past: histories that fit into their windows.

export { type ContextWindow, createWindow, type Fitted } from './window/index.ts';
