// The path of a system call, and the types by which modules answer calls. Modules import from here; nothing here imports a
// module.

export type { Caller, CallingProcess, Policy } from './caller.ts';
export {
  type HandlersOf,
  handle,
  type PreparedCall,
  type SyscallContext,
  type SyscallHandler,
  type SyscallHandlers,
} from './handler.ts';
