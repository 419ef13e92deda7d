import type { Config, ModelEntry } from '../../config/index.ts';
import type { Provider } from '../providers/provider.ts';
import { bedrockUrl } from './aws-credentials.ts';
import { configError } from './config-error.ts';
import { localHubUrl } from './hugging-face.ts';
import { ollamaOrigin } from './ollama-origin.ts';

/** The endpoint of a provider where the configuration names none. */
export function usualBaseUrl(provider: Provider, config: Config, env: NodeJS.ProcessEnv): string | undefined {
  switch (provider.dialect) {
    case 'ollama':
      return ollamaOrigin(env.OLLAMA_HOST);
    case 'transformers':
      return localHubUrl(config, env);
    case 'bedrock':
      return bedrockUrl(env);
    default:
      return provider.baseUrl;
  }
}

/** The endpoint of an entry of the configuration. Throws `invalid_argument` naming the key. */
export function baseUrlOf(
  entry: ModelEntry,
  provider: Provider,
  path: string,
  usual: string | undefined,
): string | undefined {
  if (provider.dialect === 'offline') return undefined;
  if (provider.dialect === 'transformers' && entry.hostname !== undefined) {
    throw configError(
      `${path}.hostname`,
      'A local Hugging Face model is loaded from HF_HOME. Leave hostname out, or use the backend of your server, such as vllm.',
    );
  }
  if (entry.hostname === undefined) {
    if (usual !== undefined) return usual;
    throw configError(
      `${path}.hostname`,
      `Backend "${provider.name}" needs the URL of your server, such as http://127.0.0.1:8080/v1.`,
    );
  }
  const url = new URL(entry.hostname);
  if (url.username !== '' || url.password !== '') {
    throw configError(
      `${path}.hostname`,
      'Leave user and password out of the URL; put the key into api_key.',
    );
  }
  if (url.pathname === '/') url.pathname = provider.basePath ?? new URL(provider.baseUrl ?? url).pathname;
  return url.href.replace(/\/+$/, '');
}
