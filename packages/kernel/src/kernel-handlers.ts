import type { KernelSchedule, KernelStatus, SyscallInput, TenantId } from '@aios/protocol';
import type { HandlersOf } from './syscall/index.ts';
import { handle } from './syscall/index.ts';

export interface KernelReport {
  status(tenant: TenantId): Promise<KernelStatus>;
  schedule(tenant: TenantId, input: SyscallInput<'kernel.schedule'>): KernelSchedule;
  refresh(): Promise<{ changed: string[]; restartNeeded: string[] }>;
}

/** The system calls on the kernel itself. */
export function kernelHandlers({ status, schedule, refresh }: KernelReport): HandlersOf<'kernel'> {
  return {
    'kernel.status': handle((_input, { caller }) => status(caller.tenant)),
    'kernel.schedule': handle((input, { caller }) => schedule(caller.tenant, input)),
    'kernel.refresh': handle(async (_input, { ensureCurrent }) => {
      await ensureCurrent();
      return await refresh();
    }),
  };
}
