// The official client of Google: generateContent, streams, structured output, token counts, embeddings, models, errors.

import {
  ApiError,
  type Content,
  createPartFromBase64,
  type FunctionCall,
  type GenerateContentResponse,
  GoogleGenAI,
} from '@google/genai';
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
  type Usage,
} from './orders.ts';

const client = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY ?? '' });
const declaration = {
  name: tool.name,
  description: tool.description,
  parametersJsonSchema: z.toJSONSchema(tool.parameters),
};
const config = { systemInstruction: instructions, tools: [{ functionDeclarations: [declaration] }] };

function usageOf({ usageMetadata }: GenerateContentResponse): Usage {
  return {
    inputTokens: usageMetadata?.promptTokenCount ?? 0,
    outputTokens: usageMetadata?.candidatesTokenCount ?? 0,
  };
}

function resultOf(call: FunctionCall, lookUp: (input: { order: string }) => string) {
  const output = lookUp(tool.parameters.parse(call.args));
  return {
    functionResponse: {
      ...(call.id !== undefined && { id: call.id }),
      name: tool.name,
      response: { output },
    },
  };
}

async function loop(
  lookUp: (input: { order: string }) => string,
  ask: (contents: Content[]) => Promise<{ content: Content; usage: Usage }>,
) {
  const contents: Content[] = [{ role: 'user', parts: [{ text: question }] }];
  const usages: Usage[] = [];
  for (;;) {
    const { content, usage } = await ask(contents);
    usages.push(usage);
    const calls = (content.parts ?? []).flatMap(({ functionCall }) => functionCall ?? []);
    const answer = (content.parts ?? []).map(({ text = '' }) => text).join('');
    if (calls.length === 0) return { answer, usage: total(usages) };
    contents.push(content, { role: 'user', parts: calls.map((call) => resultOf(call, lookUp)) });
  }
}

async function refusal(options: { apiKey?: string; model?: string }) {
  const own = new GoogleGenAI({ apiKey: options.apiKey ?? process.env.GEMINI_API_KEY ?? '' });
  try {
    await own.models.generateContent({ model: options.model ?? models[0] ?? '', contents: question });
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status };
    throw error;
  }
  throw new Error('The call was not refused.');
}

for (const model of models) {
  await converse('generateContent', model, (lookUp) =>
    loop(lookUp, async (contents) => {
      const response = await client.models.generateContent({ model, contents, config });
      return { content: response.candidates?.[0]?.content ?? {}, usage: usageOf(response) };
    }),
  );
  await converse('generateContent, streamed', model, async (lookUp) => {
    let deltas = 0;
    const conversation = await loop(lookUp, async (contents) => {
      const content = { role: 'model', parts: [] as NonNullable<Content['parts']> };
      let usage: Usage = { inputTokens: 0, outputTokens: 0 };
      for await (const chunk of await client.models.generateContentStream({ model, contents, config })) {
        const parts = chunk.candidates?.[0]?.content?.parts ?? [];
        if (parts.some(({ text }) => text)) deltas += 1;
        content.parts.push(...parts);
        if (chunk.usageMetadata) usage = usageOf(chunk);
      }
      return { content, usage };
    });
    return { ...conversation, deltas };
  });
  await observe('structured', model, async () => {
    const schema = z.toJSONSchema(z.object({ city: z.string(), late: z.boolean() }));
    const response = await client.models.generateContent({
      model,
      contents: 'Give the verdict.',
      config: { responseMimeType: 'application/json', responseJsonSchema: schema },
    });
    return { json: JSON.parse(response.text ?? '') };
  });
  await observe('image', model, async () => {
    const contents = [createPartFromBase64(picture, 'image/png'), 'What is this?'];
    const { text } = await client.models.generateContent({ model, contents });
    return { answer: text };
  });
  await observe('count', model, async () => {
    const { totalTokens } = await client.models.countTokens({ model, contents: question });
    return { inputTokens: totalTokens };
  });
}
await observe('models', '', async () => ({
  ids: (await Array.fromAsync(await client.models.list())).map(({ name = '' }) =>
    name.replace(/^models\//, ''),
  ),
}));
await observe('embeddings', embeddingModel, async () => {
  const { embeddings = [] } = await client.models.embedContent({
    model: embeddingModel,
    contents: ['one', 'two'],
  });
  return { lengths: embeddings.map(({ values = [] }) => values.length) };
});
await observe('wrong key', '', () => refusal({ apiKey: 'wrong' }));
await observe('no credit', '', () => refusal({ apiKey: process.env.CLIENT_BROKE_KEY ?? '' }));
await observe('too busy', '', () => refusal({ model: 'busy' }));
report();
