// Small Hugging Face models that a real Python with transformers runs, in a cache of their own. What they say is chosen.

export { startHuggingFaceCache } from './hugging-face-cache.ts';
