// The AI SDK with its providers for OpenAI (responses and chat), Anthropic, and anything OpenAI-compatible.

import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  tool as aiTool,
  embedMany,
  generateText,
  isStepCount,
  type LanguageModel,
  Output,
  streamText,
} from 'ai';
import { z } from 'zod';
import { converse, embeddingModel, instructions, models, observe, question, report, tool } from './orders.ts';

const {
  OPENAI_BASE_URL: baseURL = '',
  OPENAI_API_KEY: apiKey = '',
  ANTHROPIC_BASE_URL: anthropic = '',
} = process.env;
const openai = createOpenAI({ baseURL, apiKey });
const claude = createAnthropic({ baseURL: `${anthropic}/v1`, apiKey: process.env.ANTHROPIC_API_KEY ?? '' });
const compatible = createOpenAICompatible({
  name: 'aios',
  baseURL,
  apiKey,
  includeUsage: true,
  supportsStructuredOutputs: true,
});

const providers: Record<string, (model: string) => LanguageModel> = {
  'openai responses': (model) => openai.responses(model),
  'openai chat': (model) => openai.chat(model),
  anthropic: (model) => claude(model),
  compatible: (model) => compatible(model),
};

const usageOf = ({ inputTokens = 0, outputTokens = 0 }) => ({ inputTokens, outputTokens });

for (const [name, modelOf] of Object.entries(providers)) {
  for (const id of models) {
    const base = {
      model: modelOf(id),
      instructions,
      prompt: question,
      stopWhen: isStepCount(4),
      maxRetries: 0,
    };
    const toolsOf = (lookUp: (input: { order: string }) => string) => ({
      [tool.name]: aiTool({ description: tool.description, inputSchema: tool.parameters, execute: lookUp }),
    });
    await converse(name, id, async (lookUp) => {
      const { text, usage } = await generateText({ ...base, tools: toolsOf(lookUp) });
      return { answer: text, usage: usageOf(usage) };
    });
    await converse(`${name}, streamed`, id, async (lookUp) => {
      const failures: unknown[] = [];
      const onError = ({ error }: { error: unknown }) => void failures.push(error);
      const result = streamText({ ...base, tools: toolsOf(lookUp), onError });
      let deltas = 0;
      for await (const _ of result.textStream) deltas += 1;
      if (failures.length > 0) throw failures[0];
      return { answer: await result.text, deltas, usage: usageOf(await result.usage) };
    });
    await observe(`${name}, structured`, id, async () => {
      const schema = z.object({ city: z.string(), late: z.boolean() });
      const { output } = await generateText({
        ...base,
        prompt: 'Give the verdict.',
        output: Output.object({ schema }),
      });
      return { json: output };
    });
  }
}
for (const [name, model] of [
  ['openai', openai.embedding(embeddingModel)],
  ['compatible', compatible.embeddingModel(embeddingModel)],
] as const) {
  await observe(`${name}, embeddings`, embeddingModel, async () => {
    const { embeddings, usage } = await embedMany({ model, values: ['one', 'two'] });
    return { lengths: embeddings.map(({ length }) => length), inputTokens: usage.tokens };
  });
}
report();
