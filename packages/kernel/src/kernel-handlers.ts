import {
  AiosError,
  type KernelSchedule,
  type KernelStatus,
  type SyscallInput,
  type SyscallOutput,
  type TenantId,
} from '@aios/protocol';
import type { HandlersOf } from './syscall/index.ts';
import { handle } from './syscall/index.ts';

export interface KernelReport {
  status(tenant: TenantId): Promise<KernelStatus>;
  schedule(tenant: TenantId, input: SyscallInput<'kernel.schedule'>): KernelSchedule;
  refresh(): Promise<{ changed: string[]; restartNeeded: string[] }>;
  drain(deadlineMs: number): Promise<SyscallOutput<'kernel.drain'>>;
}

/** The system calls on the kernel itself. */
export function kernelHandlers({ status, schedule, refresh, drain }: KernelReport): HandlersOf<'kernel'> {
  return {
    'kernel.status': handle((_input, { caller }) => status(caller.tenant)),
    'kernel.schedule': handle((input, { caller }) => schedule(caller.tenant, input)),
    'kernel.refresh': handle(async (_input, { ensureCurrent }) => {
      await ensureCurrent();
      return await refresh();
    }),
    'kernel.drain': handle(async ({ deadlineMs }, { caller }) => {
      if (caller.process === undefined && caller.key === undefined) return await drain(deadlineMs);
      throw new AiosError('permission_denied', 'The kernel is drained by its operator alone.');
    }),
  };
}
