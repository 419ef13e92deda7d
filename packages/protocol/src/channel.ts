import type { SyscallChunk, SyscallName, SyscallOutput, SyscallRequest } from './table.ts';

export interface CallOptions<Name extends SyscallName> {
  signal?: AbortSignal;
  /** Milliseconds from now after which the call fails with `deadline_exceeded`, wherever it is. */
  deadlineMs?: number;
  /** Called for each partial result; asking for it makes the call stream. */
  onChunk?: (chunk: SyscallChunk<Name>) => void;
}

/**
 * The one way of an agent or a client to the kernel, whatever carries it: in process, a message port, a WebSocket. Errors
 * are AiosErrors. Calls of one channel may overlap.
 */
export interface SyscallChannel {
  call<Name extends SyscallName>(
    name: Name,
    input: SyscallRequest<Name>,
    options?: CallOptions<Name>,
  ): Promise<SyscallOutput<Name>>;
}
