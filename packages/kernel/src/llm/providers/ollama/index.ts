// Ollama in its own dialect (/api/chat, NDJSON). The OpenAI-compatible endpoint of Ollama knows neither the size of the
// context nor the switch for thinking, and ollama-ai-provider-v2 4.0.1 sends sampling where Ollama does not read it.

export { createOllamaClient } from './client.ts';
