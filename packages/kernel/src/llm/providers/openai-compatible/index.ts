// Driver for every endpoint that speaks OpenAI’s chat format, over the AI SDK’s provider package at doGenerate and doStream.

export { createOpenAiCompatibleDriver } from './driver.ts';
