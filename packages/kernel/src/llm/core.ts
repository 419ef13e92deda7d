import { isDeepStrictEqual } from 'node:util';
import type { CoreSettings } from './core-settings.ts';
import type { Driver } from './driver.ts';
import { createOfflineDriver } from './providers/offline/index.ts';
import { createOpenAiCompatibleDriver } from './providers/openai-compatible/index.ts';

/** One model at one endpoint, with a capacity. */
export interface Core {
  readonly settings: CoreSettings;
  /** The scheduler’s queue in front of it. */
  readonly queue: string;
  readonly driver: Driver;
}

/** Makes the cores of the settings; one of `existing` whose settings are the same is kept. */
export function makeCores(settings: readonly CoreSettings[], existing: ReadonlyMap<string, Core>): Core[] {
  return settings.map((wanted) => {
    const core = existing.get(wanted.name);
    return core !== undefined && isDeepStrictEqual(core.settings, wanted) ? core : makeCore(wanted);
  });
}

function makeCore(settings: CoreSettings): Core {
  return { settings, queue: `core:${settings.name}`, driver: driverOf(settings) };
}

function driverOf({ provider, model, baseUrl, key }: CoreSettings): Driver {
  if (provider.dialect === 'offline' || baseUrl === undefined) return createOfflineDriver();
  return createOpenAiCompatibleDriver({ provider, model, baseUrl, ...(key !== undefined && { key }) });
}
