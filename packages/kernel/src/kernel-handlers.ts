import type { KernelStatus, TenantId } from '@aios/protocol';
import type { HandlersOf } from './syscall/index.ts';
import { handle } from './syscall/index.ts';

export interface KernelReport {
  status(tenant: TenantId): Promise<KernelStatus>;
  refresh(): Promise<{ changed: string[]; restartNeeded: string[] }>;
}

/** The system calls on the kernel itself. */
export function kernelHandlers({ status, refresh }: KernelReport): HandlersOf<'kernel'> {
  return {
    'kernel.status': handle((_input, { caller }) => status(caller.tenant)),
    'kernel.refresh': handle(() => refresh()),
  };
}
