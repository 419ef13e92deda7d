// A server that speaks OpenAI’s wire format (chat completions, embeddings, models) and Ollama’s /api/tags on a loopback port.

export type { RecordedRequest } from './recorder.ts';
export { type OpenAiServer, type OpenAiServerOptions, startOpenAiServer } from './server.ts';
