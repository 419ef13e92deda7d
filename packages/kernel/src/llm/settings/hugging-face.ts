import { pathToFileURL } from 'node:url';
import type { Config, ModelEntry } from '../../config/index.ts';
import { findLocalModel, hubFolder, isHubNamed } from '../providers/huggingface-local/hub.ts';
import type { Provider } from '../providers/provider.ts';
import { providers } from '../providers/table.ts';

/** Where the models of this machine’s Hugging Face cache lie, and whether a person named the place. */
export function localHub(config: Config, env: NodeJS.ProcessEnv): { folder: string; isNamed: boolean } {
  const entry = config.api_keys.huggingface;
  const cacheDir = typeof entry === 'object' ? entry.cache_dir : undefined;
  return { folder: hubFolder(env, cacheDir), isNamed: isHubNamed(env, cacheDir) };
}

/** The folder of the cache as the endpoint of its models. */
export function localHubUrl(config: Config, env: NodeJS.ProcessEnv): string {
  return pathToFileURL(localHub(config, env).folder).href;
}

/** The Python that runs local models. */
export function localPython(env: NodeJS.ProcessEnv): string {
  return env.AIOS_PYTHON?.trim() || 'python3';
}

/**
 * Hugging Face hosts models, and its cache has some on this machine; the Python AIOS means the latter by `huggingface`. A
 * model that lies in a cache that a person named runs here, any other is asked at Hugging Face where there is a token. An
 * entry with a hostname or a key of its own is always asked there.
 */
export function huggingFaceProvider(
  hosted: Provider,
  entry: ModelEntry,
  token: string | undefined,
  config: Config,
  env: NodeJS.ProcessEnv,
): Provider {
  const local = providers.get('huggingface-local');
  const { folder, isNamed } = localHub(config, env);
  if (local === undefined || !isNamed || entry.hostname !== undefined || entry.api_key?.trim()) return hosted;
  const isHere = findLocalModel(folder, entry.model ?? entry.name) !== undefined;
  return isHere || token === undefined ? local : hosted;
}
