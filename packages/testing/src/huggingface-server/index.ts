// A server that speaks as Hugging Face’s router of inference providers does, for the scripted model.

export { startHuggingFaceServer } from './server.ts';
