import type { Capability, Provider } from './provider.ts';

// Base URLs and default models as of November 2026, from the vendors’ documentation and their AI SDK packages
// (@ai-sdk/openai 4.0.118, anthropic 4.0.105, google 4.0.121, groq 4.0.84, deepseek 3.0.56, mistral 4.0.87, xai 5.0.12,
// togetherai 3.0.54, fireworks 3.0.62); Together, Fireworks, DeepSeek, Hugging Face and Novita cross-checked with a
// public catalogue that asks the live endpoints (juspay/neurolink, August and September 2026). The default is a small model
// of each vendor, by an alias that moves where there is one. A further vendor with an OpenAI-compatible endpoint is one entry.

const chat: readonly Capability[] = ['chat', 'stream', 'tools', 'images'];
const textOnly: readonly Capability[] = ['chat', 'stream', 'tools'];
const unknown: readonly Capability[] = ['chat', 'stream', 'tools', 'images', 'embed'];

const hosted = {
  dialect: 'openai',
  keyRequired: true,
  concurrency: 16,
  capabilities: chat,
  quirks: {},
} as const;
const local = {
  dialect: 'openai',
  basePath: '/v1',
  keyVariables: [],
  keyRequired: false,
  capabilities: unknown,
  quirks: {},
} as const;

/** What the offline provider says about itself wherever it is used. */
export const offlineNotice =
  'Offline provider: no neural network. It searches with the offered tools and quotes passages that match; it does not reason or write.';

const rows: readonly Provider[] = [
  {
    ...hosted,
    name: 'openai',
    label: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    keyVariables: ['OPENAI_API_KEY'],
    defaultModel: 'gpt-5.4-mini',
    embeddingModel: 'text-embedding-3-small',
    quirks: { rename: { max_tokens: 'max_completion_tokens' } },
  },
  {
    ...hosted,
    name: 'anthropic',
    label: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    keyVariables: ['ANTHROPIC_API_KEY'],
    defaultModel: 'claude-sonnet-5-5',
    quirks: { maxTemperature: 1 },
  },
  {
    ...hosted,
    name: 'gemini',
    label: 'Google Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    defaultModel: 'gemini-flash-latest',
    embeddingModel: 'gemini-embedding-001',
    quirks: { thoughtSignatures: true, embeddingBatch: 100 },
  },
  {
    ...hosted,
    name: 'groq',
    label: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyVariables: ['GROQ_API_KEY'],
    defaultModel: 'openai/gpt-oss-120b',
  },
  {
    ...hosted,
    name: 'deepseek',
    label: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com',
    keyVariables: ['DEEPSEEK_API_KEY'],
    defaultModel: 'deepseek-flash',
    quirks: { replayReasoning: true },
  },
  {
    ...hosted,
    name: 'mistral',
    label: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    keyVariables: ['MISTRAL_API_KEY'],
    defaultModel: 'mistral-medium-latest',
    embeddingModel: 'mistral-embed',
    quirks: {
      rename: { seed: 'random_seed' },
      usageUnasked: true,
      shortToolCallIds: true,
      embeddingBatch: 128,
    },
  },
  {
    ...hosted,
    name: 'xai',
    label: 'xAI',
    baseUrl: 'https://api.x.ai/v1',
    keyVariables: ['XAI_API_KEY'],
    defaultModel: 'grok-latest',
  },
  {
    ...hosted,
    name: 'together',
    label: 'Together AI',
    baseUrl: 'https://api.together.xyz/v1',
    keyVariables: ['TOGETHER_API_KEY'],
    defaultModel: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  },
  {
    ...hosted,
    name: 'fireworks',
    label: 'Fireworks AI',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    keyVariables: ['FIREWORKS_API_KEY'],
    defaultModel: 'accounts/fireworks/models/gpt-oss-120b',
  },
  {
    ...hosted,
    name: 'openrouter',
    label: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariables: ['OPENROUTER_API_KEY'],
    defaultModel: 'openrouter/auto',
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
    baseUrl: 'https://router.huggingface.co/v1',
    keyVariables: ['HF_TOKEN', 'HF_AUTH_TOKEN'],
    defaultModel: 'meta-llama/Llama-3.3-70B-Instruct',
  },
  { ...local, name: 'ollama', label: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1', concurrency: 4 },
  { ...local, name: 'vllm', label: 'vLLM', keyVariables: ['VLLM_API_KEY'], concurrency: 64 },
  { ...local, name: 'sglang', label: 'SGLang', concurrency: 64 },
  { ...local, name: 'llamacpp', label: 'llama.cpp', keyVariables: ['LLAMA_API_KEY'], concurrency: 4 },
  { ...local, name: 'lmstudio', label: 'LM Studio', concurrency: 4 },
  { ...local, name: 'openai-compatible', label: 'OpenAI-compatible server', concurrency: 16 },
  {
    name: 'offline',
    label: 'Offline',
    dialect: 'offline',
    keyVariables: [],
    keyRequired: false,
    defaultModel: 'offline',
    concurrency: 32,
    capabilities: ['chat', 'stream', 'tools', 'embed'],
    quirks: {},
    notice: offlineNotice,
  },
];

/** Every provider by the name that config.yaml calls it by. */
export const providers: ReadonlyMap<string, Provider> = new Map(rows.map((row) => [row.name, row]));
