// Makes histories fit into the windows of models: cut with system where they are too long, and the same way each turn, so that
// what a provider has cached stays good. What was taken out can be read back with context.page.

export { type ContextWindow, createWindow, type Fitted } from './window.ts';
