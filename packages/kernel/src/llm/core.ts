import { isDeepStrictEqual } from 'node:util';
import type { ModelHealth } from '@aios/protocol';
import type { Clock } from './clock.ts';
import type { Driver } from './driver.ts';
import { CoreLimits } from './limits/index.ts';
import { type Gauge as EngineGauge, EngineMonitor } from './pressure/index.ts';
import { createDriver } from './providers/create-driver.ts';
import type { ModelWorkers } from './providers/huggingface-local/index.ts';
import { Breaker, CoreHealth } from './resilience/index.ts';
import type { CoreSettings } from './settings/index.ts';
import { type Calibrations, TokenCounter, type Tokenizers } from './tokens/index.ts';
import { ModelWindow } from './window/index.ts';

/** One model at one endpoint, with a capacity. */
export interface Core {
  readonly settings: CoreSettings;
  /** The scheduler’s queue in front of it. */
  readonly queue: string;
  readonly driver: Driver;
  readonly limits: CoreLimits;
  readonly breaker: Breaker;
  readonly health: CoreHealth;
  readonly window: ModelWindow;
  readonly counter: TokenCounter;
  /** The queue, as what takes what the endpoint shows of its load; nothing where nobody schedules. */
  readonly gauge: () => Gauge | undefined;
  /** Looks after the engine where it says how it is. */
  readonly monitor: EngineMonitor | undefined;
}

/** What a core tells of itself; see the scheduler’s. */
export interface Gauge extends EngineGauge {
  congested(cause: 'refusals' | 'kv', reason: string, atLeast?: number): void;
  /** It answered a call and did not refuse it. */
  answered(): void;
}

/** What cores need of the outside. */
export interface CoreSurroundings {
  readonly clock: Clock;
  readonly workers: ModelWorkers;
  readonly tokenizers: Tokenizers;
  readonly calibrations: Pick<Calibrations, 'of'>;
  readonly gaugeOf: (queue: string) => Gauge | undefined;
  readonly onHealthChange: (core: CoreSettings, from: ModelHealth['state'], health: ModelHealth) => void;
}

/** Makes the cores of the settings; one of `existing` whose settings are the same is kept. */
export function makeCores(
  settings: readonly CoreSettings[],
  existing: ReadonlyMap<string, Core>,
  surroundings: CoreSurroundings,
): Core[] {
  return settings.map((wanted) => {
    const core = existing.get(wanted.name);
    return core !== undefined && isDeepStrictEqual(core.settings, wanted)
      ? core
      : makeCore(wanted, core, surroundings);
  });
}

/** What keeps a core from answering until a person does something about it. */
export function lackOf({ provider, key }: CoreSettings): string | undefined {
  if (!provider.keyRequired || key !== undefined) return undefined;
  return `No key: set ${provider.keyVariables[0]} or api_keys.${provider.name} in config.yaml.`;
}

/** What was used of the limits of an endpoint stays used when only other settings of the core change. */
function makeCore(
  settings: CoreSettings,
  before: Core | undefined,
  { clock, onHealthChange, workers, tokenizers, calibrations, gaugeOf }: CoreSurroundings,
): Core {
  const isSame = before !== undefined && isSameEndpoint(before.settings, settings);
  const keepsLimits = isSame && isDeepStrictEqual(before.settings.limits, settings.limits);
  const limits = keepsLimits ? before.limits : new CoreLimits(settings.limits, clock);
  const breaker = new Breaker(settings.breaker, clock);
  const health = new CoreHealth({
    breaker,
    limits,
    clock,
    lack: lackOf(settings),
    onChange: (from, now) => onHealthChange(settings, from, now),
  });
  const queue = `core:${settings.name}`;
  const gauge = () => gaugeOf(queue);
  const url = metricsUrl(settings);
  return {
    settings,
    queue,
    gauge,
    monitor: url === undefined ? undefined : new EngineMonitor({ url, clock, gauge }),
    driver: createDriver(settings, workers),
    limits,
    breaker,
    health,
    window: new ModelWindow(settings.contextTokens),
    counter: isSame ? before.counter : counterOf(settings, tokenizers, calibrations),
  };
}

/** Beside the interface, whose path ends in /v1. */
function metricsUrl({ provider, baseUrl }: CoreSettings): string | undefined {
  if (provider.quirks.metrics === undefined || baseUrl === undefined) return undefined;
  return `${baseUrl.replace(/\/v1\/?$/, '')}/metrics`;
}

function counterOf(
  { tokenizer, provider, model }: CoreSettings,
  tokenizers: Tokenizers,
  calibrations: CoreSurroundings['calibrations'],
): TokenCounter {
  return new TokenCounter(tokenizers, tokenizer ?? calibrations.of(provider.name, model));
}

function isSameEndpoint(left: CoreSettings, right: CoreSettings): boolean {
  return (
    left.provider === right.provider &&
    left.baseUrl === right.baseUrl &&
    left.model === right.model &&
    left.key === right.key &&
    isDeepStrictEqual(left.awsCredentials, right.awsCredentials)
  );
}
