// Keys: tokens with which programs outside call the kernel, as a user or as a process.

export { isGood, type Key } from './key.ts';
export { keyHandlers } from './key-handlers.ts';
export { Keys } from './keys.ts';
export { hashToken } from './token.ts';
