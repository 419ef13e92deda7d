import type { ModelPrices } from '@aios/protocol';
import { type Config, type ModelEntry, nearestNames } from '../../config/index.ts';
import { modelFacts } from '../catalogue/index.ts';
import type { LimitSettings } from '../limits/index.ts';
import { findLocalModel, findTokenizer } from '../providers/huggingface-local/hub.ts';
import type { Capability, Provider } from '../providers/provider.ts';
import { providerNamed, providers } from '../providers/table.ts';
import type { BreakerSettings, TimeOutSettings } from '../resilience/index.ts';
import type { StrategyName } from '../routing/index.ts';
import { encodingOf, type TokenizerSource } from '../tokens/index.ts';
import { type AwsCredentials, awsCredentials } from './aws-credentials.ts';
import { baseUrlOf, usualBaseUrl } from './base-url.ts';
import { configError } from './config-error.ts';
import { huggingFaceProvider, localHub, localPython } from './hugging-face.ts';

/** Everything that makes a core what it is; a reload keeps a core whose settings did not change. */
export interface CoreSettings {
  /** Name by which calls ask for the model. */
  readonly name: string;
  readonly provider: Provider;
  /** Name that the provider knows the model by. */
  readonly model: string;
  /** Absent for the offline provider; the folder of a model that runs on this machine. */
  readonly baseUrl?: string;
  readonly key?: string;
  /** What requests to Bedrock are signed with where it has no key. */
  readonly awsCredentials?: AwsCredentials;
  /** How a model of this machine is run. */
  readonly local?: LocalRuntime;
  readonly concurrency: number;
  readonly contextTokens?: number;
  /** That of the model, where its maker published it and it is here. */
  readonly tokenizer?: TokenizerSource;
  /** Tokens whose keys and values fit into its memory, where its engine does not say so. */
  readonly kvTokens?: number;
  /** Mean time of a call above which fewer programs are let at it. */
  readonly targetLatencyMs?: number;
  /** Whether its engine is told who goes first. */
  readonly passesPriority?: true;
  readonly capabilities: readonly Capability[];
  readonly prices?: ModelPrices;
  readonly limits: LimitSettings;
  readonly timeOuts: TimeOutSettings;
  readonly breaker: BreakerSettings;
  /** Offered by a server of the configuration and not listed there: answers calls that name it, and no others. */
  readonly isExtra?: true;
}

/** The Python that runs a model, and where it computes. */
interface LocalRuntime {
  readonly python: string;
  /** As PyTorch names it, such as cuda:0; the best one there is when absent. */
  readonly device?: string;
}

/** Models that are asked for by one name. */
export interface GroupSettings {
  readonly name: string;
  readonly models: readonly string[];
  readonly strategy: StrategyName;
}

const embeddingNames = /embed|\bbge-|minilm|\be5-|\bgte-/i;

/** The cores that config.yaml lists. Throws `invalid_argument` naming the key that is wrong. */
export function configuredCores(config: Config, env: NodeJS.ProcessEnv): CoreSettings[] {
  const cores = config.llms.models.map((entry, index) => fromEntry(entry, index, config, env));
  const names = new Set<string>();
  for (const [index, { name }] of cores.entries()) {
    if (names.has(name)) {
      throw configError(`llms.models[${index}].name`, `The name "${name}" is taken by an earlier model.`);
    }
    names.add(name);
  }
  return cores;
}

/** The groups that config.yaml lists. Throws `invalid_argument` naming the key that is wrong. */
export function configuredGroups({ llms }: Config, cores: readonly CoreSettings[]): GroupSettings[] {
  const known = cores.map(({ name }) => name);
  const taken = new Set(known);
  return llms.groups.map(({ name, models, strategy = llms.router.strategy }, index) => {
    const path = `llms.groups[${index}]`;
    if (taken.has(name)) throw configError(`${path}.name`, `The name "${name}" is taken already.`);
    taken.add(name);
    const stray = models.findIndex((model) => !known.includes(model));
    if (stray >= 0) {
      throw configError(
        `${path}.models[${stray}]`,
        `There is no model "${models[stray]}". Known: ${known.join(', ')}.`,
      );
    }
    return { name, models: [...new Set(models)], strategy };
  });
}

/** A core of a provider with its usual endpoint and limits. */
export function coreOf(
  provider: Provider,
  model: string,
  config: Config,
  env: NodeJS.ProcessEnv,
): CoreSettings {
  const key = keyOf(provider, config, env);
  const baseUrl = usualBaseUrl(provider, config, env);
  const signing = provider.dialect === 'bedrock' && key === undefined ? awsCredentials(env) : undefined;
  const { contextTokens, prices, capabilities } = factsOf(provider, model, config, env);
  const tokenizer = tokenizerOf(model, config, env);
  return {
    name: model,
    provider,
    model,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(key !== undefined && { key }),
    ...(signing !== undefined && { awsCredentials: signing }),
    ...(provider.dialect === 'transformers' && { local: { python: localPython(env) } }),
    concurrency: provider.concurrency,
    ...(contextTokens !== undefined && { contextTokens }),
    ...(tokenizer && { tokenizer }),
    ...(prices && { prices }),
    capabilities: capabilities ?? capabilitiesOf(provider, model),
    limits: {},
    timeOuts: timeOutsOf(provider, config),
    breaker: breakerOf(config),
  };
}

/** The key of a provider: from `api_keys` of config.yaml, else from the environment. */
export function keyOf(provider: Provider, config: Config, env: NodeJS.ProcessEnv): string | undefined {
  const configured = config.api_keys[provider.name];
  const fromConfig = typeof configured === 'string' ? configured : configured?.auth_token;
  const candidates = [fromConfig, ...provider.keyVariables.map((variable) => env[variable])];
  return candidates.map((candidate) => candidate?.trim()).find((candidate) => candidate);
}

function fromEntry(entry: ModelEntry, index: number, config: Config, env: NodeJS.ProcessEnv): CoreSettings {
  const path = `llms.models[${index}]`;
  const provider = providerOf(entry, path, config, env);
  const model = entry.model ?? entry.name;
  const usual = coreOf(provider, model, config, env);
  const baseUrl = baseUrlOf(entry, provider, path, usual.baseUrl);
  const key = entry.api_key?.trim() || usual.key;
  return {
    ...usual,
    name: entry.name,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(key !== undefined && { key }),
    ...(usual.local && {
      local: { ...usual.local, ...(entry.eval_device !== undefined && { device: entry.eval_device }) },
    }),
    concurrency: entry.concurrency ?? usual.concurrency,
    ...(entry.context_tokens !== undefined && { contextTokens: entry.context_tokens }),
    ...(entry.kv_tokens !== undefined && { kvTokens: entry.kv_tokens }),
    ...(entry.target_latency_ms !== undefined && { targetLatencyMs: entry.target_latency_ms }),
    ...(entry.pass_priority === true && { passesPriority: checkPriority(provider, path) }),
    ...(entry.capabilities !== undefined && { capabilities: entry.capabilities }),
    ...(entry.prices !== undefined && { prices: pricesOf(entry.prices) }),
    limits: limitsOf(entry),
    timeOuts: timeOutsOf(provider, config, entry.timeouts),
  };
}

function checkPriority({ name, quirks }: Provider, path: string): true {
  if (quirks.takesPriority) return true;
  throw configError(
    `${path}.pass_priority`,
    `Requests to "${name}" have no priority; only those to vllm have.`,
  );
}

function pricesOf({ input, output, cached }: NonNullable<ModelEntry['prices']>): ModelPrices {
  return { input, output, ...(cached !== undefined && { cachedInput: cached }), source: 'config.yaml' };
}

function limitsOf(entry: ModelEntry): LimitSettings {
  const { requests_per_minute, input_tokens_per_minute, output_tokens_per_minute } = entry;
  return {
    ...(requests_per_minute !== undefined && { requests: requests_per_minute }),
    ...(input_tokens_per_minute !== undefined && { inputTokens: input_tokens_per_minute }),
    ...(output_tokens_per_minute !== undefined && { outputTokens: output_tokens_per_minute }),
  };
}

/** The offline provider runs inside the kernel and cannot hang: it has only those that its own entry sets. */
function timeOutsOf(provider: Provider, config: Config, own: ModelEntry['timeouts'] = {}): TimeOutSettings {
  const { timeouts } = config.llms;
  const { connect_ms, first_token_ms, idle_ms, total_ms } =
    provider.dialect === 'offline' ? own : { ...timeouts, ...own };
  return {
    ...(connect_ms !== undefined && { connectMs: connect_ms }),
    ...(first_token_ms !== undefined && { firstTokenMs: first_token_ms }),
    ...(idle_ms !== undefined && { idleMs: idle_ms }),
    ...(total_ms !== undefined && { totalMs: total_ms }),
  };
}

function breakerOf({ llms: { breaker } }: Config): BreakerSettings {
  const { failures, failure_rate: failureRate, window, open_ms: openMs } = breaker;
  return { failures, failureRate, window, openMs };
}

function providerOf(entry: ModelEntry, path: string, config: Config, env: NodeJS.ProcessEnv): Provider {
  const provider = providerNamed(entry.backend);
  if (provider?.name === 'huggingface') {
    return huggingFaceProvider(provider, entry, keyOf(provider, config, env), config, env);
  }
  if (provider !== undefined) return provider;
  const known = [...providers.keys()];
  const [meant] = nearestNames(entry.backend, known, 1);
  throw configError(
    `${path}.backend`,
    `Unknown backend "${entry.backend}".${meant ? ` Did you mean "${meant}"?` : ''} Known: ${known.join(', ')}.` +
      ' For any other server that speaks OpenAI’s format use "openai-compatible" with a hostname.',
  );
}

/** What is known of a model before it is asked anything. */
function factsOf(
  provider: Provider,
  model: string,
  config: Config,
  env: NodeJS.ProcessEnv,
): Pick<Partial<CoreSettings>, 'contextTokens' | 'prices' | 'capabilities'> {
  if (provider.dialect !== 'transformers') return modelFacts(provider.name, model) ?? {};
  const found = findLocalModel(localHub(config, env).folder, model);
  return {
    ...(found?.contextTokens !== undefined && { contextTokens: found.contextTokens }),
    ...(found?.kind === 'encoder' && { capabilities: ['embed'] }),
  };
}

/** One of OpenAI’s, whoever serves the model, or that of the same model in the Hugging Face cache. */
function tokenizerOf(model: string, config: Config, env: NodeJS.ProcessEnv): TokenizerSource | undefined {
  const encoding = encodingOf(model);
  if (encoding !== undefined) return { kind: 'openai', encoding };
  const folder = findTokenizer(localHub(config, env).folder, model);
  return folder === undefined ? undefined : { kind: 'hugging-face', folder };
}

function capabilitiesOf(provider: Provider, model: string): readonly Capability[] {
  return embeddingNames.test(model) ? ['embed'] : provider.capabilities;
}
