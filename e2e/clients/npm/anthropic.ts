// The official client of Anthropic: messages, its tool runner, structured output, token counts, models, errors.

import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { z } from 'zod';
import {
  converse,
  instructions,
  models,
  observe,
  picture,
  question,
  report,
  tool,
  total,
  type Usage,
} from './orders.ts';

const client = new Anthropic();
const messages = [{ role: 'user' as const, content: question }];

const usageOf = (usage: { input_tokens: number; output_tokens: number }): Usage => ({
  inputTokens: usage.input_tokens,
  outputTokens: usage.output_tokens,
});

const textOf = (content: readonly { type: string }[]) =>
  content.map((block) => ('text' in block ? String(block.text) : '')).join('');

function toolOf(run: (input: { order: string }) => string) {
  return betaZodTool({ name: tool.name, description: tool.description, inputSchema: tool.parameters, run });
}

async function refusal(options: { apiKey?: string; model?: string }) {
  let attempts = 0;
  const counting = new Anthropic({
    ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
    fetch: (...parameters: Parameters<typeof fetch>) => {
      attempts += 1;
      return fetch(...parameters);
    },
  });
  try {
    await counting.messages.create({ model: options.model ?? models[0] ?? '', max_tokens: 100, messages });
  } catch (error) {
    if (error instanceof APIError)
      return { status: error.status, errorClass: error.constructor.name, attempts };
    throw error;
  }
  throw new Error('The call was not refused.');
}

for (const model of models) {
  const request = { model, max_tokens: 500, system: instructions, messages };
  await converse('messages', model, async (lookUp) => {
    const usages: Usage[] = [];
    let answer = '';
    for await (const message of client.beta.messages.toolRunner({ ...request, tools: [toolOf(lookUp)] })) {
      usages.push(usageOf(message.usage));
      answer = textOf(message.content);
    }
    return { answer, usage: total(usages) };
  });
  await converse('messages, streamed', model, async (lookUp) => {
    const usages: Usage[] = [];
    let answer = '';
    let deltas = 0;
    const runner = client.beta.messages.toolRunner({ ...request, tools: [toolOf(lookUp)], stream: true });
    for await (const stream of runner) {
      stream.on('text', () => {
        deltas += 1;
      });
      const message = await stream.finalMessage();
      usages.push(usageOf(message.usage));
      answer = textOf(message.content);
    }
    return { answer, deltas, usage: total(usages) };
  });
  await observe('structured message', model, async () => {
    const message = await client.messages.parse({
      ...request,
      messages: [{ role: 'user', content: 'Give the verdict.' }],
      output_config: { format: zodOutputFormat(z.object({ city: z.string(), late: z.boolean() })) },
    });
    return { json: message.parsed_output };
  });
  await observe('image', model, async () => {
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: picture };
    const content = [{ type: 'image' as const, source }];
    const message = await client.messages.create({
      model,
      max_tokens: 500,
      messages: [{ role: 'user', content }],
    });
    return { answer: textOf(message.content) };
  });
  await observe('count', model, async () => {
    const { input_tokens } = await client.messages.countTokens({ model, messages });
    return { inputTokens: input_tokens };
  });
  await observe('model', model, async () => ({ id: (await client.models.retrieve(model)).id }));
}
await observe('models', '', async () => ({
  ids: (await Array.fromAsync(client.models.list())).map(({ id }) => id),
}));
await observe('wrong key', '', () => refusal({ apiKey: 'wrong' }));
await observe('no credit', '', () => refusal({ apiKey: process.env.CLIENT_BROKE_KEY ?? '' }));
await observe('too busy', '', () => refusal({ model: 'busy' }));
report();
