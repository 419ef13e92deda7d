import { fileURLToPath } from 'node:url';
import { AiosError, type ModelPrices } from '@aios/protocol';
import { withCosts } from '../catalogue/index.ts';
import type { Driver } from '../driver.ts';
import { withEmulation } from '../emulation/index.ts';
import { createAiSdkDriver, type Endpoint } from './ai-sdk/index.ts';
import { createForwarder } from './forward/index.ts';
import { createHuggingFaceDriver, type ModelWorkers, type WorkerSpec } from './huggingface-local/index.ts';
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
  readonly awsCredentials?: Endpoint['awsCredentials'];
  /** How a model of this machine is run. */
  readonly local?: { readonly python: string; readonly device?: string };
}

/** The driver of a core: it speaks the provider’s dialect, emulates what the model lacks and counts the cost. */
export function createDriver(settings: DriverSettings, workers: ModelWorkers): Driver {
  const { provider, capabilities, prices } = settings;
  const driver = withEmulation(plainDriver(settings, workers), { capabilities, quirks: provider.quirks });
  return prices === undefined ? driver : withCosts(driver, prices);
}

/** What the process of a local model is started from; undefined for a model that runs elsewhere. */
export function workerSpecOf({
  local,
  model,
  baseUrl,
}: Pick<DriverSettings, 'local' | 'model' | 'baseUrl'>): WorkerSpec | undefined {
  if (local === undefined || baseUrl === undefined) return undefined;
  return { ...local, model, hub: fileURLToPath(baseUrl) };
}

function plainDriver(settings: DriverSettings, workers: ModelWorkers): Driver {
  const { provider, model, baseUrl, key, contextTokens, timeOuts, awsCredentials } = settings;
  if (provider.dialect === 'offline') return createOfflineDriver();
  if (baseUrl === undefined) {
    throw new AiosError('invalid_argument', `${provider.label} needs the URL of your server as hostname.`);
  }
  const spec = workerSpecOf(settings);
  if (spec !== undefined) return createHuggingFaceDriver(spec, workers);
  const endpoint = {
    provider,
    model,
    baseUrl,
    ...(key !== undefined && { key }),
    ...(awsCredentials && { awsCredentials }),
    ...(contextTokens !== undefined && { contextTokens }),
    ...(timeOuts?.connectMs !== undefined && { connectMs: timeOuts.connectMs }),
  };
  const forward = createForwarder(endpoint);
  return { ...createAiSdkDriver(endpoint), ...(forward && { forward }) };
}
