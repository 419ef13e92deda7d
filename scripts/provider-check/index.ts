// Asks a real model for everything that a chat call can do, through a kernel in a temporary home: `npm run provider`.
// A check is an entry of `checks/` and uses nothing but the kernel’s system calls.

export type { Result } from './check.ts';
export { checkProvider } from './check-provider.ts';
export { heading, resultLine, summary } from './table.ts';
export type { Target } from './target.ts';
