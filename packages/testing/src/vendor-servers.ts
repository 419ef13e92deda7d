import { startAnthropicServer } from './anthropic-server/index.ts';
import { startBedrockServer } from './bedrock-server/index.ts';
import { startGeminiServer } from './gemini-server/index.ts';
import { startHuggingFaceServer } from './huggingface-server/index.ts';
import { startOllamaServer } from './ollama-server/index.ts';
import {
  startDeepSeekServer,
  startGroqServer,
  startMistralServer,
  startOpenAiServer,
} from './openai-server/index.ts';

/** The servers by the vendor they stand for. `openai` is also every other server with chat completions. */
export const vendorServers = {
  openai: startOpenAiServer,
  anthropic: startAnthropicServer,
  bedrock: startBedrockServer,
  gemini: startGeminiServer,
  ollama: startOllamaServer,
  huggingface: startHuggingFaceServer,
  deepseek: startDeepSeekServer,
  groq: startGroqServer,
  mistral: startMistralServer,
} as const;
