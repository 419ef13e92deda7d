// What clients leave with the kernel to go on from: entries of conversations, each linked to the one before it. They belong
// to a user, and to the key or process that put them; they expire.

export { createConversations } from './conversations.ts';
export { type Holder, holderOf } from './holder.ts';
export { keepSwept } from './sweep.ts';
