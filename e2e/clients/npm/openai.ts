// The official client of OpenAI: chat completions, responses, structured output, embeddings, models, errors.

import OpenAI, { APIError } from 'openai';
import { zodFunction, zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import {
  converse,
  embeddingModel,
  instructions,
  models,
  observe,
  picture,
  question,
  report,
  tool,
  total,
} from './orders.ts';

const client = new OpenAI();
const verdict = z.object({ city: z.string(), late: z.boolean() });

type LookUp = (input: { order: string }) => string;

async function chat(model: string, lookUp: LookUp) {
  const runner = client.chat.completions.runTools({
    model,
    messages: [
      { role: 'developer', content: instructions },
      { role: 'user', content: question },
    ],
    tools: [zodFunction({ ...tool, function: lookUp })],
  });
  const answer = (await runner.finalContent()) ?? '';
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = await runner.totalUsage();
  return { answer, usage: { inputTokens, outputTokens } };
}

async function streamedChat(model: string, lookUp: LookUp) {
  const runner = client.chat.completions.runTools({
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: question }],
    tools: [zodFunction({ ...tool, function: lookUp })],
  });
  let deltas = 0;
  runner.on('content', () => {
    deltas += 1;
  });
  const answer = (await runner.finalContent()) ?? '';
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = await runner.totalUsage();
  return { answer, deltas, usage: { inputTokens, outputTokens } };
}

const responseTool = {
  type: 'function' as const,
  name: tool.name,
  description: tool.description,
  parameters: z.toJSONSchema(tool.parameters),
  strict: false,
};

async function responses(model: string, lookUp: LookUp, stream: boolean) {
  const usages: { inputTokens: number; outputTokens: number }[] = [];
  let deltas = 0;
  let input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: question }];
  let previous: string | undefined;
  for (;;) {
    const request = {
      model,
      input,
      instructions,
      tools: [responseTool],
      previous_response_id: previous ?? null,
    };
    const streamed = () =>
      client.responses
        .stream(request)
        .on('response.output_text.delta', () => {
          deltas += 1;
        })
        .finalResponse();
    const response: OpenAI.Responses.Response = stream
      ? await streamed()
      : await client.responses.create(request);
    usages.push({
      inputTokens: response.usage?.input_tokens ?? 0,
      outputTokens: response.usage?.output_tokens ?? 0,
    });
    const calls = response.output.filter((item) => item.type === 'function_call');
    if (calls.length === 0) {
      return { answer: response.output_text, usage: total(usages), ...(stream && { deltas }) };
    }
    input = calls.map((call) => ({
      type: 'function_call_output',
      call_id: call.call_id,
      output: lookUp(tool.parameters.parse(JSON.parse(call.arguments))),
    }));
    previous = response.id;
  }
}

/** The status of the error that comes of a call, and how many requests were made until it came. */
async function refusal(options: { apiKey?: string; model?: string }) {
  let attempts = 0;
  const counting = new OpenAI({
    ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
    fetch: (...parameters: Parameters<typeof fetch>) => {
      attempts += 1;
      return fetch(...parameters);
    },
  });
  try {
    await counting.chat.completions.create({
      model: options.model ?? models[0] ?? '',
      messages: [{ role: 'user', content: question }],
    });
  } catch (error) {
    if (error instanceof APIError)
      return { status: error.status, errorClass: error.constructor.name, attempts };
    throw error;
  }
  throw new Error('The call was not refused.');
}

for (const model of models) {
  await converse('chat', model, (lookUp) => chat(model, lookUp));
  await converse('chat, streamed', model, (lookUp) => streamedChat(model, lookUp));
  await converse('responses', model, (lookUp) => responses(model, lookUp, false));
  await converse('responses, streamed', model, (lookUp) => responses(model, lookUp, true));
  await observe('structured chat', model, async () => {
    const completion = await client.chat.completions.parse({
      model,
      messages: [{ role: 'user', content: 'Give the verdict.' }],
      response_format: zodResponseFormat(verdict, 'verdict'),
    });
    return { json: completion.choices[0]?.message.parsed };
  });
  await observe('structured response', model, async () => {
    const response = await client.responses.parse({
      model,
      input: 'Give the verdict.',
      text: { format: zodTextFormat(verdict, 'verdict') },
    });
    return { json: response.output_parsed };
  });
  await observe('model', model, async () => ({ id: (await client.models.retrieve(model)).id }));
  const image_url = `data:image/png;base64,${picture}`;
  await observe('image', model, async () => {
    const content = [{ type: 'image_url' as const, image_url: { url: image_url } }];
    const { choices } = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content }],
    });
    return { answer: choices[0]?.message.content };
  });
  await observe('image in a response', model, async () => {
    const content = [{ type: 'input_image' as const, image_url, detail: 'low' as const }];
    const { output_text } = await client.responses.create({ model, input: [{ role: 'user', content }] });
    return { answer: output_text };
  });
}
await observe('models', '', async () => ({
  ids: (await Array.fromAsync(client.models.list())).map(({ id }) => id),
}));
await observe('embeddings', embeddingModel, async () => {
  const { data, usage } = await client.embeddings.create({ model: embeddingModel, input: ['one', 'two'] });
  const plain = await client.embeddings.create({
    model: embeddingModel,
    input: 'one',
    encoding_format: 'float',
  });
  return {
    lengths: data.map(({ embedding }) => embedding.length),
    same: data[0]?.embedding.every(
      (value, at) => Math.abs(value - (plain.data[0]?.embedding[at] ?? 9)) < 1e-6,
    ),
    inputTokens: usage.prompt_tokens,
  };
});
await observe('wrong key', '', () => refusal({ apiKey: 'wrong' }));
await observe('no credit', '', () => refusal({ apiKey: process.env.CLIENT_BROKE_KEY ?? '' }));
await observe('too busy', '', () => refusal({ model: 'busy' }));
report();
