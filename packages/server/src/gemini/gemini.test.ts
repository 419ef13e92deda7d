import { rules, type ScriptedTurn, structured } from '@aios/testing';
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway, upstreamNames } from '../test-support/gateway.fixture.ts';

// Driven by Google’s own client, before models of every dialect.

const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0 };
const callWeather: ScriptedTurn = {
  toolCalls: [{ id: 'call00001', name: 'weather', arguments: { city: 'Bern' } }],
  usage,
};
const script = rules(
  [/sunny/, { text: ['It ', 'is ', 'sunny'], usage }],
  [/weather/, callWeather],
  [/picture/, ({ messages }) => ({ text: messages.at(-1)?.images?.[0]?.data ?? 'no picture' })],
  [/json/, structured({ city: 'Bern' })],
  [/busy/, { fault: { kind: 'status', status: 429, retryAfterMs: 7000 } }],
  [/breaks/, { text: ['one', 'two'], fault: { kind: 'cut', afterPieces: 1 } }],
  [/./, ({ messages }) => ({ text: messages.map(({ role, text }) => `${role}:${text}`).join('|') })],
);

let gateway: TestGateway;
let client: GoogleGenAI;
beforeAll(async () => {
  gateway = await startGateway(script);
  client = clientOf(gateway.aios.token);
});
afterAll(() => gateway[Symbol.asyncDispose]());

function clientOf(apiKey: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.aios.url } });
}

const tools = [
  {
    functionDeclarations: [
      {
        name: 'weather',
        description: 'The weather of a city',
        parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
      },
    ],
  },
];

test.each(upstreamNames)('a model of %s calls a tool, reads its result and answers', async (model) => {
  const contents = [{ role: 'user', parts: [{ text: 'the weather?' }] }];
  const asked = await client.models.generateContent({ model, contents, config: { tools } });
  expect(asked.functionCalls).toMatchObject([{ name: 'weather', args: { city: 'Bern' } }]);
  expect(asked.usageMetadata).toMatchObject({ promptTokenCount: 100, totalTokenCount: 120 });
  const made = asked.candidates?.[0]?.content;
  const results = [{ functionResponse: { name: 'weather', response: { result: 'sunny' } } }];
  const stream = await client.models.generateContentStream({
    model,
    contents: [...contents, made ?? {}, { role: 'user', parts: results }],
    config: { tools },
  });
  const pieces = await Array.fromAsync(stream);
  expect(pieces.flatMap(({ text }) => text || []).join('')).toBe('It is sunny');
  expect(pieces.at(-1)?.usageMetadata?.totalTokenCount).toBe(120);
  expect(pieces.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP');
});

test('Google’s schemas, forced calls, settings and images are translated', async () => {
  await client.models.generateContent({
    model: 'openai',
    contents: 'weather',
    config: {
      tools,
      toolConfig: {
        functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['weather'] },
      },
      temperature: 0,
      maxOutputTokens: 77,
      stopSequences: ['END'],
      seed: 7,
      systemInstruction: 'Be brief',
    },
  });
  expect(gateway.upstreams.openai.requests.at(-1)?.body).toMatchObject({
    temperature: 0,
    stop: ['END'],
    seed: 7,
    tool_choice: { function: { name: 'weather' } },
    tools: [{ function: { parameters: { type: 'object', properties: { city: { type: 'string' } } } } }],
  });
  const json = await client.models.generateContent({
    model: 'openai',
    contents: 'json',
    config: {
      responseMimeType: 'application/json',
      responseSchema: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } },
    },
  });
  expect(json.text).toBe('{"city":"Bern"}');
  const picture = await client.models.generateContent({
    model: 'openai',
    contents: [{ text: 'picture' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }],
  });
  expect(picture.text).toBe('iVBORw0KGgo=');
});

test('errors come in Google’s shape; a broken stream ends with one', async () => {
  const wrong = clientOf('wrong').models.generateContent({ model: 'openai', contents: 'x' });
  await expect(wrong).rejects.toBeInstanceOf(ApiError);
  await expect(wrong).rejects.toMatchObject({ status: 401 });
  const busy = client.models.generateContent({ model: 'ollama', contents: 'busy' });
  await expect(busy).rejects.toMatchObject({ status: 429 });
  await expect(busy).rejects.toThrow(/RESOURCE_EXHAUSTED/);
  const stream = await client.models.generateContentStream({ model: 'openai', contents: 'breaks' });
  await expect(Array.fromAsync(stream)).rejects.toThrow();
  const unknown = await gateway.aios.request('/v1beta/models/openai:frobnicate', {
    method: 'POST',
    body: '{}',
  });
  expect(await unknown.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
});

test('tokens are counted, texts embedded, and the key may stand in the address', async () => {
  const { totalTokens } = await client.models.countTokens({ model: 'openai', contents: 'word '.repeat(100) });
  expect(totalTokens).toBeGreaterThan(99);
  expect(totalTokens).toBeLessThan(130);
  const { embeddings } = await client.models.embedContent({ model: 'vectors', contents: ['one', 'two'] });
  expect(embeddings).toHaveLength(2);
  expect(embeddings?.[0]?.values?.length).toBeGreaterThan(1);
  const { url, token } = gateway.aios;
  const init = {
    method: 'POST',
    body: JSON.stringify({ contents: [{ parts: [{ text: 'hello' }] }] }),
    headers: { 'content-type': 'application/json' },
  };
  const answer = await fetch(`${url}/v1beta/models/openai:generateContent?key=${token}`, init);
  expect(answer.status).toBe(200);
  expect(gateway.aios.log.join('')).not.toContain(token);
});
