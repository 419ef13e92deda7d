import { modelCapabilities } from '@aios/protocol';
import type { Capability, Provider } from './provider.ts';

// Base URLs and default models as of November 2026, from the vendors’ documentation and their AI SDK packages
// (@ai-sdk/openai 4.0.118, anthropic 4.0.105, google 4.0.121, groq 4.0.84, deepseek 3.0.56, mistral 4.0.87, xai 5.0.12,
// togetherai 3.0.54, fireworks 3.0.62); Together, Fireworks, DeepSeek, Hugging Face, Novita, Moonshot and MiniMax
// cross-checked with a public catalogue (juspay/neurolink, August and September 2026). The default is a small model of each
// vendor, by an alias that moves where there is one. A further vendor with an OpenAI-compatible endpoint is one entry. xAI
// is one, too: its AI SDK package speaks xAI’s Responses interface alone, which knows neither `stop` nor `seed`.

const full: readonly Capability[] = modelCapabilities.filter((capability) => capability !== 'embed');
const textOnly: readonly Capability[] = full.filter((capability) => capability !== 'images');
/** Of a server of one’s own: what its model lacks, the server’s error says. */
const unknown: readonly Capability[] = modelCapabilities;

/** What every server with OpenAI’s format speaks. */
const openAiFormat = ['openai-chat', 'openai-embeddings'] as const;

const hosted = {
  dialect: 'openai-compatible',
  keyRequired: true,
  concurrency: 16,
  capabilities: full,
  quirks: {},
} as const;
const local = {
  dialect: 'openai-compatible',
  basePath: '/v1',
  keyVariables: [],
  keyRequired: false,
  capabilities: unknown,
  quirks: {},
} as const;

const openAiServer = { ...local, forwards: openAiFormat } as const;

/**
 * They go on with the last message of the assistant where they are told to (docs.vllm.ai, OpenAI-compatible server, extra
 * parameters of the chat API; docs.sglang.ai, the same parameter; ggml-org/llama.cpp, pull request 23012 of May 2026).
 */
const continuingServer = {
  ...openAiServer,
  quirks: { continuation: { method: 'continue_final_message', sendsTokens: true } },
} as const;

/**
 * Anthropic’s models up to 4.5 go on with a last message of the assistant; later ones refuse it (platform.claude.com, "What’s
 * new in Claude 4.6", prefill removal).
 */
const prefilledClaude = /^claude-(?:[23]|instant|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:-\d{8}|-latest)?$)/;

/** The last message of the assistant, with `partial` (help.aliyun.com, Partial Mode; platform.moonshot.ai, Partial Mode). */
const partialMode = { method: 'partial' } as const;

/** What the offline provider says about itself wherever it is used. */
export const offlineNotice =
  'Offline provider: no neural network. It searches with the offered tools and quotes passages that match; it does not reason or write.';

const rows: readonly Provider[] = [
  {
    ...hosted,
    name: 'openai',
    label: 'OpenAI',
    dialect: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    keyVariables: ['OPENAI_API_KEY'],
    defaultModel: 'gpt-5.4-mini',
    embeddingModel: 'text-embedding-3-small',
    forwards: ['openai-chat', 'openai-responses', 'openai-embeddings'],
  },
  {
    ...hosted,
    name: 'openai-responses',
    label: 'OpenAI Responses',
    dialect: 'openai-responses',
    baseUrl: 'https://api.openai.com/v1',
    keyVariables: ['OPENAI_API_KEY'],
    forwards: ['openai-responses'],
  },
  {
    ...hosted,
    name: 'anthropic',
    label: 'Anthropic',
    aliases: ['claude'],
    dialect: 'anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    keyVariables: ['ANTHROPIC_API_KEY'],
    defaultModel: 'claude-sonnet-5-5',
    quirks: {
      maxTemperature: 1,
      continuation: { method: 'last_message', besideTools: true, models: prefilledClaude },
    },
    forwards: ['anthropic-messages'],
  },
  {
    ...hosted,
    name: 'gemini',
    label: 'Google Gemini',
    aliases: ['google'],
    dialect: 'google',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    defaultModel: 'gemini-flash-latest',
    embeddingModel: 'gemini-embedding-001',
    quirks: { embeddingBatch: 100, systemFirst: true },
    forwards: ['gemini-generate'],
  },
  {
    ...hosted,
    name: 'groq',
    label: 'Groq',
    dialect: 'groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyVariables: ['GROQ_API_KEY'],
    defaultModel: 'openai/gpt-oss-120b',
  },
  {
    ...hosted,
    name: 'deepseek',
    label: 'DeepSeek',
    dialect: 'deepseek',
    baseUrl: 'https://api.deepseek.com',
    keyVariables: ['DEEPSEEK_API_KEY'],
    defaultModel: 'deepseek-flash',
    // api-docs.deepseek.com, "Chat Prefix Completion (Beta)".
    quirks: { replayReasoning: true, continuation: { method: 'prefix' } },
  },
  {
    ...hosted,
    name: 'mistral',
    label: 'Mistral',
    dialect: 'mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    keyVariables: ['MISTRAL_API_KEY'],
    defaultModel: 'mistral-medium-latest',
    embeddingModel: 'mistral-embed',
    // docs.mistral.ai, "Prefix": what it answers begins with the prefix.
    quirks: {
      shortToolCallIds: true,
      embeddingBatch: 128,
      continuation: { method: 'prefix', echoes: true },
    },
  },
  {
    ...hosted,
    name: 'xai',
    label: 'xAI',
    aliases: ['grok'],
    baseUrl: 'https://api.x.ai/v1',
    keyVariables: ['XAI_API_KEY'],
    defaultModel: 'grok-latest',
    forwards: openAiFormat,
  },
  {
    ...hosted,
    name: 'together',
    label: 'Together AI',
    baseUrl: 'https://api.together.xyz/v1',
    keyVariables: ['TOGETHER_API_KEY'],
    defaultModel: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    forwards: openAiFormat,
  },
  {
    ...hosted,
    name: 'fireworks',
    label: 'Fireworks AI',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    keyVariables: ['FIREWORKS_API_KEY'],
    defaultModel: 'accounts/fireworks/models/gpt-oss-120b',
    forwards: openAiFormat,
  },
  {
    ...hosted,
    name: 'openrouter',
    label: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariables: ['OPENROUTER_API_KEY'],
    defaultModel: 'openrouter/auto',
    forwards: openAiFormat,
  },
  {
    ...hosted,
    name: 'novita',
    label: 'Novita AI',
    baseUrl: 'https://api.novita.ai/openai/v1',
    keyVariables: ['NOVITA_API_KEY'],
    defaultModel: 'zai-org/glm-5.3-flash',
    capabilities: textOnly,
  },
  {
    ...hosted,
    name: 'huggingface',
    label: 'Hugging Face Inference Providers',
    aliases: ['hf'],
    baseUrl: 'https://router.huggingface.co/v1',
    keyVariables: ['HF_TOKEN', 'HF_AUTH_TOKEN'],
    defaultModel: 'meta-llama/Llama-3.3-70B-Instruct',
    forwards: openAiFormat,
  },
  {
    ...hosted,
    name: 'moonshot',
    label: 'Moonshot AI',
    aliases: ['kimi'],
    baseUrl: 'https://api.moonshot.ai/v1',
    keyVariables: ['MOONSHOT_API_KEY'],
    defaultModel: 'kimi-k2.6',
    quirks: { maxTemperature: 1, replayReasoning: true, continuation: partialMode },
  },
  {
    ...hosted,
    name: 'qwen',
    label: 'Qwen (Alibaba Model Studio)',
    aliases: ['dashscope'],
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    keyVariables: ['DASHSCOPE_API_KEY'],
    defaultModel: 'qwen-plus',
    embeddingModel: 'text-embedding-v4',
    quirks: { jsonWithoutSchema: true, embeddingBatch: 10, continuation: partialMode },
  },
  {
    ...hosted,
    name: 'minimax',
    label: 'MiniMax',
    baseUrl: 'https://api.minimax.io/v1',
    keyVariables: ['MINIMAX_API_KEY'],
    defaultModel: 'MiniMax-M3',
    capabilities: textOnly.filter((capability) => capability !== 'json'),
    quirks: { maxTemperature: 1, rename: { max_tokens: 'max_completion_tokens' } },
  },
  {
    ...hosted,
    name: 'zhipu',
    label: 'Zhipu (Z.ai)',
    aliases: ['zai', 'glm'],
    baseUrl: 'https://api.z.ai/api/paas/v4',
    keyVariables: ['ZAI_API_KEY', 'ZHIPU_API_KEY'],
    defaultModel: 'glm-5.3',
    capabilities: textOnly,
    quirks: { maxTemperature: 1, jsonWithoutSchema: true },
  },
  {
    ...hosted,
    name: 'azure',
    label: 'Azure OpenAI',
    aliases: ['azure-openai'],
    dialect: 'azure',
    basePath: '/openai/v1',
    keyVariables: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
    forwards: openAiFormat,
  },
  {
    ...hosted,
    name: 'bedrock',
    label: 'Amazon Bedrock',
    aliases: ['amazon-bedrock'],
    dialect: 'bedrock',
    basePath: '',
    keyVariables: ['AWS_BEARER_TOKEN_BEDROCK'],
    keyRequired: false,
    otherVariables: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION'],
    quirks: { inlineImagesOnly: true, systemFirst: true },
  },
  {
    ...local,
    name: 'ollama',
    label: 'Ollama',
    dialect: 'ollama',
    otherVariables: ['OLLAMA_HOST'],
    baseUrl: 'http://127.0.0.1:11434',
    basePath: '',
    concurrency: 4,
    // A last message of the assistant is gone on with (ollama/ollama, issue 6778).
    quirks: { inlineImagesOnly: true, continuation: { method: 'last_message', sendsTokens: true } },
  },
  {
    ...continuingServer,
    name: 'vllm',
    label: 'vLLM',
    keyVariables: ['VLLM_API_KEY'],
    concurrency: 64,
    quirks: { ...continuingServer.quirks, metrics: 'vllm', takesPriority: true },
  },
  { ...continuingServer, name: 'sglang', label: 'SGLang', concurrency: 64 },
  {
    ...continuingServer,
    name: 'llamacpp',
    label: 'llama.cpp',
    keyVariables: ['LLAMA_API_KEY'],
    concurrency: 4,
  },
  { ...openAiServer, name: 'lmstudio', label: 'LM Studio', concurrency: 4 },
  { ...openAiServer, name: 'openai-compatible', label: 'OpenAI-compatible server', concurrency: 16 },
  {
    ...local,
    name: 'huggingface-local',
    label: 'Local Hugging Face models',
    aliases: ['hflocal'],
    dialect: 'transformers',
    otherVariables: ['HF_HOME', 'HF_HUB_CACHE', 'AIOS_PYTHON'],
    concurrency: 1,
    capabilities: ['chat', 'stream', 'embed'],
  },
  {
    name: 'offline',
    label: 'Offline',
    dialect: 'offline',
    keyVariables: [],
    keyRequired: false,
    defaultModel: 'offline',
    concurrency: 32,
    capabilities: ['chat', 'stream', 'tools', 'json', 'embed'],
    quirks: {},
    notice: offlineNotice,
  },
];

/** Every provider by its own name. */
export const providers: ReadonlyMap<string, Provider> = new Map(rows.map((row) => [row.name, row]));

const byAnyName: ReadonlyMap<string, Provider> = new Map(
  rows.flatMap((row) => [row.name, ...(row.aliases ?? [])].map((name) => [name, row] as const)),
);

/** The provider that config.yaml calls by this name or alias, in any case; undefined where there is none. */
export function providerNamed(name: string): Provider | undefined {
  return byAnyName.get(name.toLowerCase());
}
