import { AiosError, type ModelDescription } from '@aios/protocol';
import type { Config } from '../config/index.ts';
import type { HandlersOf } from '../syscall/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type Core, makeCores } from './core.ts';
import { CoreSet } from './core-set.ts';
import { configError, configuredCores } from './core-settings.ts';
import { discoverCores } from './discovery.ts';
import { llmHandlers } from './handlers.ts';

/** What the module asks of the scheduler. */
interface QueueLoads {
  load(queue: string): { running: number; queued: number };
}

interface LlmOptions {
  config: () => Config;
  env: NodeJS.ProcessEnv;
  logger: Logger;
  queues: QueueLoads;
}

/** What a reload changed, by names of models. */
interface Reconfiguration {
  added: string[];
  removed: string[];
  changed: string[];
  defaultModel: string;
}

export interface Llm {
  readonly handlers: HandlersOf<'llm'>;
  /** The queue of each core and how many calls it can run at the same time. */
  capacities(): Iterable<{ queue: string; slots: number }>;
  models(): ModelDescription[];
  /**
   * Makes the cores anew from another configuration. Calls that are waiting or running finish on the old ones.
   * Throws without having changed anything when the configuration is wrong.
   */
  reconfigure(next: Config): Promise<Reconfiguration>;
}

/** Sets up the cores of the configuration; finds some when it lists none. Throws `invalid_argument` naming the wrong key. */
export async function createLlm(options: LlmOptions): Promise<Llm> {
  let cores = await buildCores(options, options.config(), new Map());
  warnOfMissingKeys(cores, options.logger);
  const models = () => describeModels(cores, options.queues);

  return {
    handlers: llmHandlers({ cores: () => cores, models }),
    capacities: () => [...cores.byName.values()].map(capacityOf),
    models,
    reconfigure: async (next) => {
      const before = cores;
      cores = await buildCores(options, next, before.byName);
      warnOfMissingKeys(cores, options.logger);
      return difference(before, cores);
    },
  };
}

async function buildCores(
  { env, logger }: LlmOptions,
  config: Config,
  existing: ReadonlyMap<string, Core>,
): Promise<CoreSet> {
  const settings =
    config.llms.models.length > 0
      ? configuredCores(config, env)
      : await discoverCores({ config, env, logger });
  const fromEnvironment = env.AIOS_MODEL?.trim() || undefined;
  try {
    return new CoreSet(makeCores(settings, existing), fromEnvironment ?? config.llms.default);
  } catch (error) {
    if (!AiosError.isInstance(error)) throw error;
    throw configError(fromEnvironment === undefined ? 'llms.default' : 'AIOS_MODEL', error.message);
  }
}

function capacityOf({ queue, settings }: Core): { queue: string; slots: number } {
  return { queue, slots: settings.concurrency };
}

function describeModels(cores: CoreSet, queues: QueueLoads): ModelDescription[] {
  return [...cores.byName.values()].map((core) => {
    const { name, provider, baseUrl, capabilities, contextTokens, concurrency } = core.settings;
    const { running, queued } = queues.load(core.queue);
    const notice = missingKeyNotice(core) ?? provider.notice;
    return {
      name,
      provider: provider.name,
      ...(baseUrl !== undefined && { endpoint: baseUrl }),
      isDefault: core === cores.default,
      capabilities: [...capabilities],
      ...(contextTokens !== undefined && { contextTokens }),
      concurrency,
      running,
      queued,
      ...(notice !== undefined && { notice }),
    };
  });
}

function missingKeyNotice({ settings: { provider, key } }: Core): string | undefined {
  if (!provider.keyRequired || key !== undefined) return undefined;
  return `No key: set ${provider.keyVariables[0]} or api_keys.${provider.name} in config.yaml.`;
}

function warnOfMissingKeys(cores: CoreSet, logger: Logger): void {
  for (const core of cores.byName.values()) {
    const notice = missingKeyNotice(core);
    if (notice !== undefined) logger.warn({ model: core.settings.name }, notice);
  }
}

function difference(before: CoreSet, after: CoreSet): Reconfiguration {
  const kept = [...after.byName.keys()].filter((name) => before.byName.has(name));
  return {
    added: [...after.byName.keys()].filter((name) => !before.byName.has(name)),
    removed: [...before.byName.keys()].filter((name) => !after.byName.has(name)),
    changed: kept.filter((name) => before.byName.get(name) !== after.byName.get(name)),
    defaultModel: after.default.settings.name,
  };
}
