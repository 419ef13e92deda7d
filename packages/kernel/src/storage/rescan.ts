import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../telemetry/index.ts';
import type { MountTable } from './mount-table.ts';
import type { Mounter } from './mounter.ts';

interface RescanOptions {
  readonly mounts: MountTable;
  readonly mounter: Mounter;
  readonly tenants: readonly string[];
  readonly logger: Logger;
}

/** Leaves the machine to the boot and the first calls. */
const waitMs = 1000;

/**
 * Looks through the folders of all mounts, one after the other, for what changed while the kernel was down. Never rejects:
 * what goes wrong is logged, and the next `storage.mount` of the folder tries again.
 */
export async function rescanAfterBoot(options: RescanOptions, signal: AbortSignal): Promise<void> {
  const { mounts, tenants, logger } = options;
  try {
    await delay(waitMs, undefined, { signal, ref: false });
    for (const tenant of new Set([...tenants, ...(await mounts.knownTenants())])) {
      await rescanTenant(tenant, options, signal);
    }
  } catch (error) {
    if (!signal.aborted) logger.warn({ error }, 'mounts could not be looked through for changes');
  }
}

async function rescanTenant(tenant: string, options: RescanOptions, signal: AbortSignal): Promise<void> {
  for (const mount of await options.mounts.list(tenant)) {
    try {
      await options.mounter.scan(mount, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const { path, source } = mount;
      options.logger.warn({ path, source, error }, 'a mount could not be looked through for changes');
    }
  }
}
