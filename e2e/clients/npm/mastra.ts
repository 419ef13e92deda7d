// Mastra, with its own router to any OpenAI-compatible URL.

import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { converse, instructions, models, question, report, tool } from './orders.ts';

const { OPENAI_BASE_URL: url = '', OPENAI_API_KEY: apiKey = '' } = process.env;

function agentOf(model: string, lookUp: (input: { order: string }) => string) {
  const { name: id, description, parameters: inputSchema } = tool;
  const tools = {
    [id]: createTool({ id, description, inputSchema, execute: async (input) => lookUp(input) }),
  };
  return new Agent({
    id: 'orders',
    name: 'orders',
    instructions,
    tools,
    model: { id: `aios/${model}`, url, apiKey },
  });
}

const usageOf = ({
  inputTokens = 0,
  outputTokens = 0,
}: {
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
}) => ({
  inputTokens,
  outputTokens,
});

for (const model of models) {
  await converse('generate', model, async (lookUp) => {
    const { text, totalUsage } = await agentOf(model, lookUp).generate(question);
    return { answer: text, usage: usageOf(totalUsage) };
  });
  await converse('generate, streamed', model, async (lookUp) => {
    const stream = await agentOf(model, lookUp).stream(question);
    let deltas = 0;
    for await (const _ of stream.textStream) deltas += 1;
    return { answer: await stream.text, deltas, usage: usageOf(await stream.totalUsage) };
  });
}
report();
