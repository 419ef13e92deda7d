import { z } from 'zod';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type CoreSettings, coreOf, keyOf } from './core-settings.ts';
import type { Provider } from './providers/provider.ts';
import { providers } from './providers/table.ts';

/** How long boot waits for a local Ollama, in milliseconds. */
const probeMs = 300;

const ollamaTags = z.object({ models: z.array(z.object({ name: z.string().min(1) })) });

export interface DiscoveryOptions {
  config: Config;
  env: NodeJS.ProcessEnv;
  logger: Logger;
}

/**
 * Finds models without configuration: the default model of every provider that has a key, then what a local Ollama
 * offers, and always the offline provider last. Takes at most 300 ms.
 */
export async function discoverCores(options: DiscoveryOptions): Promise<CoreSettings[]> {
  const found: CoreSettings[] = [];
  for (const provider of providers.values()) {
    if (provider.name === 'ollama') found.push(...(await ollamaCores(provider, options)));
    else found.push(...usualCores(provider, options));
  }
  return withUniqueNames(found);
}

function usualCores(provider: Provider, { config, env }: DiscoveryOptions): CoreSettings[] {
  if (provider.keyRequired && keyOf(provider, config, env) === undefined) return [];
  return [provider.defaultModel, provider.embeddingModel]
    .filter((model) => model !== undefined)
    .map((model) => coreOf(provider, model, config, env));
}

async function ollamaCores(provider: Provider, options: DiscoveryOptions): Promise<CoreSettings[]> {
  const { config, env, logger } = options;
  const origin = ollamaOrigin(env.OLLAMA_HOST);
  try {
    const response = await fetch(`${origin}/api/tags`, { signal: AbortSignal.timeout(probeMs) });
    const { models } = ollamaTags.parse(await response.json());
    const cores = models.map(({ name }) => ({
      ...coreOf(provider, name, config, env),
      baseUrl: `${origin}${provider.basePath ?? ''}`,
    }));
    return [...cores.filter(canChat), ...cores.filter((core) => !canChat(core))];
  } catch (error) {
    logger.debug(
      { origin, reason: error instanceof Error ? error.message : String(error) },
      'no Ollama found',
    );
    return [];
  }
}

/** The address of OLLAMA_HOST, in the forms that Ollama itself takes: `host`, `host:port`, `:port`, a URL. */
export function ollamaOrigin(host: string | undefined): string {
  const trimmed = host?.trim() ?? '';
  const withScheme = /^https?:\/\//.test(trimmed) ? trimmed : `http://${trimmed || '127.0.0.1:11434'}`;
  const url = URL.parse(withScheme.replace(/\/\/:/, '//127.0.0.1:'));
  if (url === null) return 'http://127.0.0.1:11434';
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  const portMissing = url.port === '' && !/^https?:\/\//.test(trimmed);
  if (portMissing && !/:80$/.test(trimmed)) url.port = '11434';
  return url.origin;
}

function canChat(core: CoreSettings): boolean {
  return core.capabilities.includes('chat');
}

/** Two providers may call a model the same; the later one then carries its provider’s name. */
function withUniqueNames(cores: CoreSettings[]): CoreSettings[] {
  const names = new Set<string>();
  return cores.map((core) => {
    const name = names.has(core.name) ? `${core.provider.name}/${core.name}` : core.name;
    names.add(name);
    return { ...core, name };
  });
}
