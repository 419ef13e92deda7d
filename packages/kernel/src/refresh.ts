import { type BudgetLedger, createQuotaRules } from './access/index.ts';
import type { Config, ConfigStore, ReloadResult } from './config/index.ts';
import type { Llm } from './llm/index.ts';
import type { QueueSettings, Scheduler } from './scheduler/index.ts';
import type { Logger } from './telemetry/index.ts';

interface Modules {
  readonly config: ConfigStore;
  readonly llm: Llm;
  readonly scheduler: Scheduler;
  readonly ledger: BudgetLedger;
  readonly logger: Logger;
}

/** Makes the modules follow the configuration: by `kernel.refresh`, and whenever a file changes. */
export function followConfig({
  config,
  llm,
  scheduler,
  ledger,
  logger,
}: Modules): () => Promise<ReloadResult> {
  const configureQueues = (current: Config) =>
    scheduler.configure([...queuesOfKernel(current), ...queuesOfCores(current, llm)]);
  configureQueues(config.current);
  llm.onCapacitiesChange(() => configureQueues(config.current));
  config.adoptWith(async (next, changed) => {
    await llm.reconfigure(next.config, next.environment);
    configureQueues(next.config);
    if (changed.some((key) => key.startsWith('quotas'))) {
      ledger.configure(createQuotaRules(next.config.quotas));
    }
    if (changed.includes('log.level')) logger.level = next.config.log.level;
  });
  return () => config.reload();
}

function queuesOfKernel({ scheduler }: Config): QueueSettings[] {
  const { policy } = scheduler;
  return [
    { queue: 'storage', resource: 'storage', slots: scheduler.storage_slots, policy },
    { queue: 'memory', resource: 'memory', slots: scheduler.memory_slots, policy },
    { queue: 'tool', resource: 'tool', slots: scheduler.tool_slots, policy },
  ];
}

function queuesOfCores({ scheduler }: Config, llm: Llm): QueueSettings[] {
  return [...llm.capacities()].map((capacity) => ({
    policy: scheduler.policy,
    resource: 'core',
    ...capacity,
  }));
}
