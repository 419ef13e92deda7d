// OpenAI Agents, through responses (its default) and through chat completions.

import {
  Agent,
  tool as agentTool,
  OpenAIProvider,
  Runner,
  run,
  setOpenAIAPI,
  setTracingDisabled,
} from '@openai/agents';
import OpenAI, { APIError } from 'openai';
import { converse, instructions, models, observe, question, report, tool } from './orders.ts';

setTracingDisabled(true);

const agentOf = (model: string, lookUp: (input: { order: string }) => string) =>
  new Agent({ name: 'orders', instructions, model, tools: [agentTool({ ...tool, execute: lookUp })] });

for (const api of ['responses', 'chat_completions'] as const) {
  setOpenAIAPI(api);
  for (const model of models) {
    await converse(api, model, async (lookUp) => {
      const { finalOutput, state } = await run(agentOf(model, lookUp), question);
      return { answer: finalOutput ?? '', usage: state.usage };
    });
    await converse(`${api}, streamed`, model, async (lookUp) => {
      const stream = await run(agentOf(model, lookUp), question, { stream: true });
      let deltas = 0;
      for await (const _ of stream.toTextStream()) deltas += 1;
      await stream.completed;
      return { answer: stream.finalOutput ?? '', deltas, usage: stream.state.usage };
    });
  }
}

async function refusal(model: string, apiKey?: string) {
  let attempts = 0;
  const counting = new OpenAI({
    ...(apiKey !== undefined && { apiKey }),
    fetch: (...parameters: Parameters<typeof fetch>) => {
      attempts += 1;
      return fetch(...parameters);
    },
  });
  const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: counting }) });
  try {
    await runner.run(new Agent({ name: 'orders', instructions, model }), question);
  } catch (error) {
    if (error instanceof APIError)
      return { status: error.status, errorClass: error.constructor.name, attempts };
    throw error;
  }
  throw new Error('The call was not refused.');
}

const [first = ''] = models;
await observe('wrong key', '', () => refusal(first, 'wrong'));
await observe('no credit', '', () => refusal(first, process.env.CLIENT_BROKE_KEY));
await observe('too busy', '', () => refusal('busy'));
report();
