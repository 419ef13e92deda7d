import { AiosError, type ModelPrices } from '@aios/protocol';
import { withCosts } from '../catalogue/index.ts';
import type { Driver } from '../driver.ts';
import { withEmulation } from '../emulation/index.ts';
import { createAiSdkDriver } from './ai-sdk/index.ts';
import { createForwarder } from './forward/index.ts';
import { createOfflineDriver } from './offline/index.ts';
import type { Capability, Provider } from './provider.ts';

/** What a driver must know of the core that it is for. */
export interface DriverSettings {
  readonly provider: Provider;
  /** Name that the provider knows the model by. */
  readonly model: string;
  /** Absent for the offline provider. */
  readonly baseUrl?: string;
  readonly key?: string;
  /** What the model can do by itself; tools and JSON are emulated where they are missing. */
  readonly capabilities: readonly Capability[];
  readonly prices?: ModelPrices;
  readonly contextTokens?: number;
  readonly timeOuts?: { readonly connectMs?: number };
}

/** The driver of a core: it speaks the provider’s dialect, emulates what the model lacks and counts the cost. */
export function createDriver(settings: DriverSettings): Driver {
  const { provider, capabilities, prices } = settings;
  const driver = withEmulation(plainDriver(settings), { capabilities, quirks: provider.quirks });
  return prices === undefined ? driver : withCosts(driver, prices);
}

function plainDriver({ provider, model, baseUrl, key, contextTokens, timeOuts }: DriverSettings): Driver {
  if (provider.dialect === 'offline') return createOfflineDriver();
  if (provider.unsupported !== undefined) {
    throw new AiosError('invalid_argument', `${provider.label}: ${provider.unsupported}`);
  }
  if (baseUrl === undefined) {
    throw new AiosError('invalid_argument', `${provider.label} needs the URL of your server as hostname.`);
  }
  const endpoint = {
    provider,
    model,
    baseUrl,
    ...(key !== undefined && { key }),
    ...(contextTokens !== undefined && { contextTokens }),
    ...(timeOuts?.connectMs !== undefined && { connectMs: timeOuts.connectMs }),
  };
  const forward = createForwarder(endpoint);
  return { ...createAiSdkDriver(endpoint), ...(forward && { forward }) };
}
