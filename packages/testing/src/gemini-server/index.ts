// A server that speaks Google’s Gemini interface for the scripted model.

export { startGeminiServer } from './server.ts';
