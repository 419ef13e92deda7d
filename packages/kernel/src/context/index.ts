// What models are told of the past, and what they have said so far: kept conversations with their checkpoints, histories that
// fit into their windows, generations that pause and go on.

export { type ConversationHistories, createContexts } from './checkpoint/index.ts';
export * from './snapshot/index.ts';
export { type ContextWindow, createWindow, type Fitted } from './window/index.ts';
