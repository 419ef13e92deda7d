// A server that speaks OpenAI’s interfaces for the scripted model, and the dialects of vendors that differ a little.

export { answerChatCompletions, flavours } from './chat/index.ts';
export { sendEmbeddings } from './embeddings.ts';
export { errorBody } from './errors.ts';
export {
  type OpenAiServer,
  type OpenAiServerOptions,
  startDeepSeekServer,
  startGroqServer,
  startMistralServer,
  startOpenAiServer,
} from './server.ts';
