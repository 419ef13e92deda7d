// A server that speaks Ollama’s own interface (NDJSON) for the scripted model.

export { startOllamaServer } from './server.ts';
