import { AiosError, type ModelDescription, type SchedulingPolicy } from '@aios/protocol';
import type { Config } from '../config/index.ts';
import type { ContextWindow } from '../context/index.ts';
import type { Caller, HandlersOf } from '../syscall/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Core, type CoreSurroundings, type Gauge, lackOf, makeCores } from './core.ts';
import { CoreSet } from './core-set.ts';
import { discoverCores, discoverExtras, stillOffered } from './discovery.ts';
import type { ForwardQuestion } from './forward-question.ts';
import { llmHandlers, type Snapshots } from './handlers.ts';
import { resolveModel } from './model-names.ts';
import { workerSpecOf } from './providers/create-driver.ts';
import { ModelWorkers, type WorkerSpec } from './providers/huggingface-local/index.ts';
import type { Demand } from './routing/index.ts';
import {
  type CoreSettings,
  configError,
  configuredAliases,
  configuredCores,
  configuredGroups,
} from './settings/index.ts';
import { type Calibrations, Tokenizers } from './tokens/index.ts';

/** What the module asks of the scheduler. */
interface QueueLoads {
  load(queue: string): { running: number; queued: number };
  gauge(queue: string): Gauge | undefined;
}

interface Capacity {
  readonly queue: string;
  readonly slots: number;
  readonly policy?: SchedulingPolicy;
  readonly window: { readonly isOn: boolean; readonly space?: number; readonly targetMs?: number };
}

interface LlmOptions {
  config: () => Config;
  env: NodeJS.ProcessEnv;
  logger: Logger;
  queues: QueueLoads;
  events: EventBus;
  /** Keeps generations of durable processes; none are kept when absent. */
  snapshots?: Snapshots;
  /** Makes conversations fit. */
  window: ContextWindow;
  /** How models count whose tokenizers are not published. */
  calibrations: Pick<Calibrations, 'of'>;
  /** The host’s when absent. */
  clock?: Clock;
}

/** What a reload changed, by names of models. */
interface Reconfiguration {
  added: string[];
  removed: string[];
  changed: string[];
  defaultModel: string;
}

export interface Llm extends Disposable {
  readonly handlers: HandlersOf<'llm'>;
  /** The queue of each core, how many calls it can run at the same time and, where one is configured, who comes first. */
  capacities(): Iterable<Capacity>;
  /** Tells, in the same turn, that the capacities are others now: calls are prepared for the new queues from here on. */
  onCapacitiesChange(listener: () => void): void;
  models(): ModelDescription[];
  /** Whether the caller may, every core that might answer speaks the dialect, and can do by itself what the request needs. */
  forwards(caller: Caller, question: ForwardQuestion): boolean;
  /**
   * Makes the cores anew from another configuration and environment (that of before when absent), which holds the keys.
   * Calls that are waiting or running finish on the old ones. Throws without having changed anything when the
   * configuration is wrong.
   */
  reconfigure(next: Config, env?: NodeJS.ProcessEnv): Promise<Reconfiguration>;
}

/** What cores are made from. */
interface Plan {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  /** Those of the configuration, or found instead of one. */
  readonly settings: readonly CoreSettings[];
  /** What their servers offer besides. */
  readonly extras: readonly CoreSettings[];
}

/**
 * Sets up the cores of the configuration; finds some when it lists none. What their servers offer besides is found while the
 * kernel runs. Throws `invalid_argument` naming the wrong key.
 */
export async function createLlm(options: LlmOptions): Promise<Llm> {
  const { logger, queues, clock = systemClock } = options;
  const workers = new ModelWorkers({ env: options.env, logger, clock });
  const tokenizers = new Tokenizers();
  const surroundings = {
    clock,
    workers,
    tokenizers,
    calibrations: options.calibrations,
    gaugeOf: (queue: string) => queues.gauge(queue),
    onHealthChange: healthReporter(options.events),
  };
  const make = (plan: Plan, existing: ReadonlyMap<string, Core>) =>
    makeCoreSet(plan, existing, queues, surroundings);
  let plan = await planCores(options.config(), options.env, logger);
  let cores = make(plan, new Map());
  let searching = new AbortController();
  let onCapacitiesChange: (() => void) | undefined;
  const models = () => describeModels(cores, queues);

  const adopt = (next: Plan) => {
    const made = make(next, cores.byName);
    for (const [name, core] of cores.byName) if (made.byName.get(name) !== core) dispose(core);
    plan = next;
    cores = made;
    workers.keep(localModels(cores));
    onCapacitiesChange?.();
  };
  const searchExtras = async () => {
    searching.abort();
    searching = new AbortController();
    const { signal } = searching;
    const extras = await discoverExtras(plan.settings, { ...plan, logger }, signal);
    if (!signal.aborted && (extras.length > 0 || plan.extras.length > 0)) adopt({ ...plan, extras });
  };

  workers.keep(localModels(cores));
  warnOfMissingKeys(cores, logger);
  void searchExtras();
  return {
    handlers: llmHandlers({
      cores: () => cores,
      models,
      clock,
      window: options.window,
      random: Math.random,
      snapshots: options.snapshots,
    }),
    capacities: () => [...cores.byName.values()].map((core) => capacityOf(core, plan.config)),
    onCapacitiesChange: (listener) => {
      onCapacitiesChange = listener;
    },
    models,
    forwards: (caller, question) => canForward(cores, caller, question),
    reconfigure: async (config, env = plan.env) => {
      const next = await planCores(config, env, logger);
      const before = cores;
      adopt({ ...next, extras: stillOffered(plan.extras, next.settings, { config, env, logger }) });
      void searchExtras();
      warnOfMissingKeys(cores, logger);
      return difference(before, cores);
    },
    [Symbol.dispose]: () => {
      searching.abort();
      for (const core of cores.byName.values()) dispose(core);
      workers[Symbol.dispose]();
    },
  };
}

/** As the handler of `llm.forward` will choose, but that a model with too small a window is not known here. */
function canForward(cores: CoreSet, caller: Caller, question: ForwardQuestion): boolean {
  const { dialect, needs } = question;
  const { model } = resolveModel(question, 'llm.forward', caller, cores);
  if (model !== undefined && !cores.has(model)) return false;
  if (!caller.policy.allows('llm.forward', model)) return false;
  const asked = cores.able(model, leastDemand[dialect === 'openai-embeddings' ? 'embed' : 'chat']);
  return (
    asked.length > 0 &&
    asked.every(
      ({ driver, settings }) =>
        driver.forward?.dialects.includes(dialect) &&
        needs.every((need) => settings.capabilities.includes(need)),
    )
  );
}

const nothing = { messages: undefined, cost: { inputTokens: 0, outputTokens: 0 }, contextTokens: 0 };
/** What every call needs. */
const leastDemand: Record<'chat' | 'embed', Demand> = {
  chat: { needs: ['chat'], ...nothing },
  embed: { needs: ['embed'], ...nothing },
};

async function planCores(config: Config, env: NodeJS.ProcessEnv, logger: Logger): Promise<Plan> {
  const settings =
    config.llms.models.length > 0
      ? configuredCores(config, env)
      : await discoverCores({ config, env, logger });
  return { config, env, settings, extras: [] };
}

function makeCoreSet(
  { config, env, settings, extras }: Plan,
  existing: ReadonlyMap<string, Core>,
  queues: QueueLoads,
  surroundings: CoreSurroundings,
): CoreSet {
  const { llms } = config;
  const fromEnvironment = env.AIOS_MODEL?.trim() || undefined;
  const cores = makeCores([...settings, ...extras], existing, surroundings);
  const groups = configuredGroups(config, settings);
  const aliases = configuredAliases(
    config,
    cores.map(({ settings: of }) => of),
    groups,
  );
  try {
    return new CoreSet({
      cores,
      groups,
      aliases,
      defaultName: fromEnvironment ?? llms.default,
      strategy: llms.router.strategy,
      patience: {
        retries: llms.retries,
        fallbackWaitMs: llms.fallback_wait_ms,
        maxWaitMs: llms.max_wait_ms,
      },
      loadOf: ({ queue }) => queues.load(queue),
    });
  } catch (error) {
    if (!AiosError.isInstance(error)) throw error;
    throw configError(fromEnvironment === undefined ? 'llms.default' : 'AIOS_MODEL', error.message);
  }
}

function healthReporter(events: EventBus): CoreSurroundings['onHealthChange'] {
  return ({ name: model, provider }, from, { state: to, ...rest }) => {
    events.publish({ type: 'core-changed', model, provider: provider.name, from, to, ...rest });
  };
}

function localModels(cores: CoreSet): WorkerSpec[] {
  return [...cores.byName.values()].flatMap(({ settings }) => workerSpecOf(settings) ?? []);
}

function capacityOf({ queue, settings }: Core, { llms, scheduler }: Config): Capacity {
  const policy = llms.models.find(({ name }) => name === settings.name)?.policy;
  const { kvTokens, targetLatencyMs } = settings;
  const window = {
    isOn: scheduler.admission_window,
    ...(kvTokens !== undefined && { space: kvTokens }),
    ...(targetLatencyMs !== undefined && { targetMs: targetLatencyMs }),
  };
  return { queue, slots: settings.concurrency, window, ...(policy && { policy }) };
}

/** Calls that it has may finish; nothing looks after it any more. */
function dispose({ monitor }: Core): void {
  monitor?.[Symbol.dispose]();
}

function describeModels(cores: CoreSet, queues: QueueLoads): ModelDescription[] {
  return [...cores.byName.values()].map((core) => {
    const { name, provider, baseUrl, capabilities, concurrency, prices, isExtra } = core.settings;
    const { tokens: contextTokens } = core.window;
    const { running, queued } = queues.load(core.queue);
    const notice = lackOf(core.settings) ?? provider.notice;
    return {
      name,
      provider: provider.name,
      ...(baseUrl !== undefined && { endpoint: baseUrl }),
      isDefault: core === cores.default,
      ...(isExtra && { isDiscovered: true }),
      capabilities: [...capabilities],
      ...(contextTokens !== undefined && { contextTokens }),
      ...(prices !== undefined && { prices }),
      health: core.health.read(),
      concurrency,
      running,
      queued,
      ...(notice !== undefined && { notice }),
    };
  });
}

function warnOfMissingKeys(cores: CoreSet, logger: Logger): void {
  for (const { settings } of cores.byName.values()) {
    const lack = lackOf(settings);
    if (lack !== undefined) logger.warn({ model: settings.name }, lack);
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
