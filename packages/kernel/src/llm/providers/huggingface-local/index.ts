// Hugging Face models that lie on this machine, run by `transformers` in a Python process of their own (worker/). What a
// model is and where it lies is read without Python, in hub.ts.

export { createHuggingFaceDriver } from './driver.ts';
export type { WorkerSpec } from './errors.ts';
export { ModelWorkers } from './model-workers.ts';
