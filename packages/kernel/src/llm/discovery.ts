import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { findLocalModel, listLocalModels } from './providers/huggingface-local/hub.ts';
import type { Provider } from './providers/provider.ts';
import { providers } from './providers/table.ts';
import { type CoreSettings, coreOf, keyOf, localHub, ollamaOrigin } from './settings/index.ts';

/** How long boot waits for a local Ollama where nothing else but the offline model is there, in milliseconds. */
const bootProbeMs = 300;
/** How long a server gets that is asked while the kernel runs, in milliseconds. */
const probeMs = 3000;
/** More than people run on a server of their own. */
const maxModels = 200;

const ollamaTags = z.object({ models: z.array(z.object({ name: z.string().min(1) })) });
const modelList = z.object({
  data: z.array(
    z.object({
      id: z.string().min(1),
      max_model_len: z.number().int().positive().nullish().catch(undefined),
    }),
  ),
});

export interface DiscoveryOptions {
  config: Config;
  env: NodeJS.ProcessEnv;
  logger: Logger;
}

/** A server that says itself which models it has. */
interface Server {
  readonly provider: Provider;
  readonly baseUrl: string;
  readonly key: string | undefined;
}

interface OfferedModel {
  readonly model: string;
  readonly contextTokens?: number;
}

/**
 * The models to use where the configuration lists none: the default model of every provider that has a key, and the offline
 * provider last. Where there is no key, or the default is to be another model, also what a local Ollama offers, for which it
 * waits at most 300 ms.
 */
export async function discoverCores(options: DiscoveryOptions): Promise<CoreSettings[]> {
  const usual = [...providers.values()].flatMap((provider) => usualCores(provider, options));
  const wanted = options.env.AIOS_MODEL?.trim() || options.config.llms.default;
  const isMissing = wanted !== undefined && !usual.some(({ name }) => name === wanted);
  const local = isMissing || usual.every(isOffline) ? await localCores(options) : [];
  const named = isMissing ? localHuggingFace(wanted, options) : [];
  return withUniqueNames([
    ...usual.filter((core) => !isOffline(core)),
    ...local,
    ...named,
    ...usual.filter(isOffline),
  ]);
}

/**
 * What the servers of these cores (Ollama, vLLM and their like) offer besides, so that calls can name it. Where a server does
 * not answer there is nothing of it. Takes at most 3 s.
 */
export async function discoverExtras(
  cores: readonly CoreSettings[],
  options: DiscoveryOptions,
  signal: AbortSignal,
): Promise<CoreSettings[]> {
  const found = await Promise.all(
    serversOf(cores, options).map((server) =>
      offeredBy(server, options, AbortSignal.any([signal, AbortSignal.timeout(probeMs)])),
    ),
  );
  const isListed = (extra: CoreSettings) =>
    cores.some((core) => core.baseUrl === extra.baseUrl && core.model === extra.model);
  const extras = found.flat().filter((extra) => !isListed(extra));
  const groups = options.config.llms.groups.map(({ name }) => name);
  return withUniqueNames([...cores, ...extras], groups)
    .slice(cores.length)
    .map((extra) => ({ ...extra, isExtra: true }));
}

/** Extras of servers that are still configured, while those servers are asked anew. */
export function stillOffered(
  extras: readonly CoreSettings[],
  cores: readonly CoreSettings[],
  options: DiscoveryOptions,
): CoreSettings[] {
  const servers = new Set(serversOf(cores, options).map(({ baseUrl }) => baseUrl));
  const names = new Set([...cores, ...options.config.llms.groups].map(({ name }) => name));
  return extras.filter(({ name, baseUrl }) => !names.has(name) && servers.has(baseUrl ?? ''));
}

function usualCores(provider: Provider, { config, env }: DiscoveryOptions): CoreSettings[] {
  if (provider.keyRequired && keyOf(provider, config, env) === undefined) return [];
  return [provider.defaultModel, provider.embeddingModel]
    .filter((model) => model !== undefined)
    .map((model) => coreOf(provider, model, config, env));
}

async function localCores(options: DiscoveryOptions): Promise<CoreSettings[]> {
  const server = localOllama(options);
  if (server === undefined) return [];
  const cores = await offeredBy(server, options, AbortSignal.timeout(bootProbeMs));
  return [...cores.filter(canChat), ...cores.filter((core) => !canChat(core))];
}

function localOllama({ env, config }: DiscoveryOptions): Server | undefined {
  const provider = providers.get('ollama');
  if (provider === undefined) return undefined;
  return { provider, baseUrl: ollamaOrigin(env.OLLAMA_HOST), key: keyOf(provider, config, env) };
}

/** A model of the Hugging Face cache that is to be the default. */
function localHuggingFace(model: string, { config, env }: DiscoveryOptions): CoreSettings[] {
  const provider = providers.get('huggingface-local');
  const { folder, isNamed } = localHub(config, env);
  if (provider === undefined || !isNamed || findLocalModel(folder, model) === undefined) return [];
  return [coreOf(provider, model, config, env)];
}

/** The Hugging Face cache of this machine, where a person said where it is. */
function localCache({ config, env }: DiscoveryOptions): Server | undefined {
  const provider = providers.get('huggingface-local');
  const { folder, isNamed } = localHub(config, env);
  if (provider === undefined || !isNamed) return undefined;
  return { provider, baseUrl: pathToFileURL(folder).href, key: undefined };
}

/**
 * The servers of the user’s own behind these cores; where none was listed, the Ollama of this machine. Its Hugging Face cache
 * counts as one.
 */
function serversOf(cores: readonly CoreSettings[], options: DiscoveryOptions): Server[] {
  const servers = new Map<string, Server>();
  for (const { provider, baseUrl, key } of cores) {
    if (baseUrl === undefined || provider.keyRequired) continue;
    servers.set(baseUrl, { provider, baseUrl, key });
  }
  const local = options.config.llms.models.length === 0 ? localOllama(options) : undefined;
  for (const server of [local, localCache(options)]) {
    if (server !== undefined) servers.set(server.baseUrl, server);
  }
  return [...servers.values()];
}

async function offeredBy(
  server: Server,
  { config, env, logger }: DiscoveryOptions,
  signal: AbortSignal,
): Promise<CoreSettings[]> {
  const { provider, baseUrl, key } = server;
  try {
    const models = await ask(server, signal);
    return models.slice(0, maxModels).map(({ model, contextTokens }) => ({
      ...coreOf(provider, model, config, env),
      baseUrl,
      ...(key !== undefined && { key }),
      ...(contextTokens !== undefined && { contextTokens }),
    }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.debug({ baseUrl, reason }, 'a server did not say which models it has');
    return [];
  }
}

async function ask(server: Server, signal: AbortSignal): Promise<OfferedModel[]> {
  switch (server.provider.dialect) {
    case 'ollama':
      return askOllama(server, signal);
    case 'transformers':
      return (await listLocalModels(fileURLToPath(server.baseUrl), maxModels)).map(({ name }) => ({
        model: name,
      }));
    default:
      return askServer(server, signal);
  }
}

/** https://github.com/ollama/ollama/blob/main/docs/api.md, "List Local Models". */
async function askOllama({ baseUrl }: Server, signal: AbortSignal): Promise<OfferedModel[]> {
  const response = await fetch(new URL('/api/tags', baseUrl), { signal });
  return ollamaTags.parse(await response.json()).models.map(({ name }) => ({ model: name }));
}

/** OpenAI’s list of models; vLLM and SGLang add the size of the context window. */
async function askServer({ baseUrl, key }: Server, signal: AbortSignal): Promise<OfferedModel[]> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${baseUrl}/models`, { signal, headers });
  return modelList.parse(await response.json()).data.map(({ id, max_model_len: contextTokens }) => ({
    model: id,
    ...(typeof contextTokens === 'number' && { contextTokens }),
  }));
}

function canChat(core: CoreSettings): boolean {
  return core.capabilities.includes('chat');
}

function isOffline({ provider }: CoreSettings): boolean {
  return provider.dialect === 'offline';
}

/** Two providers may call a model the same; the later one then carries its provider’s name, or also a number. */
function withUniqueNames(cores: readonly CoreSettings[], taken: readonly string[] = []): CoreSettings[] {
  const names = new Set(taken);
  return cores.map((core) => {
    let name = core.name;
    for (let number = 1; names.has(name); number += 1) {
      name = `${core.provider.name}${number > 1 ? number : ''}/${core.name}`;
    }
    names.add(name);
    return { ...core, name };
  });
}
