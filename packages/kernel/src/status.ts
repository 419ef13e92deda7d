import type { KernelStatus, TenantId } from '@aios/protocol';
import type { Database } from './database/index.ts';
import type { Llm } from './llm/index.ts';
import type { Processes } from './process/index.ts';
import type { Scheduler } from './scheduler/index.ts';
import type { Storage } from './storage/index.ts';
import { version } from './version.ts';

interface StatusOptions {
  readonly state: () => KernelStatus['state'];
  readonly startedAt: number;
  readonly home: string;
  readonly database: Database;
  readonly llm: Llm;
  readonly storage: Storage;
  readonly scheduler: Scheduler;
  readonly processes: Processes;
}

/** Gathers what `kernel.status` answers. */
export function createStatus(options: StatusOptions): (tenant: TenantId) => Promise<KernelStatus> {
  const { state, startedAt, home, database, llm, storage, scheduler, processes } = options;
  return async (tenant) => ({
    version,
    state: state(),
    startedAt: new Date(startedAt).toISOString(),
    uptimeMs: Date.now() - startedAt,
    home,
    osPid: process.pid,
    node: process.version,
    database: database.kind,
    models: llm.models().map(({ name, provider, notice, health }) => ({
      name,
      provider,
      ...(notice && { notice }),
      ...(health && { health }),
    })),
    mounts: await storage.mounts(tenant),
    processes: await processes.table.view.count(tenant),
    queues: scheduler.loads().filter(({ capacity }) => capacity > 0),
    residentBytes: process.memoryUsage.rss(),
  });
}
