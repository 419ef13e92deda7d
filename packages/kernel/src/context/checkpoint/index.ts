// The kept conversations of processes: a tree of messages, checkpoints in it, forks, and what the policy keeps of them.
// Entered through `context/index.ts`.

export { createContexts } from './contexts.ts';
export type { ConversationHistories } from './histories.ts';
