// For tests and benchmarks only: servers that speak the vendors’ wire formats, and the scripted model behind them.

export { startAnthropicServer } from './anthropic-server/index.ts';
export { type BedrockCredentials, startBedrockServer } from './bedrock-server/index.ts';
export { startGeminiServer } from './gemini-server/index.ts';
export { startHuggingFaceServer } from './huggingface-server/index.ts';
export { startOllamaServer } from './ollama-server/index.ts';
export {
  type OpenAiServer,
  type OpenAiServerOptions,
  startDeepSeekServer,
  startGroqServer,
  startMistralServer,
  startOpenAiServer,
} from './openai-server/index.ts';
export {
  always,
  type Fault,
  firstOf,
  type GreedyModelOptions,
  greedyModel,
  rules,
  type Script,
  type ScriptedImage,
  type ScriptedLimits,
  type ScriptedMessage,
  type ScriptedRequest,
  type ScriptedToolCall,
  type ScriptedTurn,
  type ScriptedUsage,
  type StatusFault,
  sequence,
  structured,
} from './scripted-model/index.ts';
export { vendorServers } from './vendor-servers.ts';
export type {
  RecordedRequest,
  ServedModel,
  WireServer,
  WireServerOptions,
} from './wire-server/index.ts';
