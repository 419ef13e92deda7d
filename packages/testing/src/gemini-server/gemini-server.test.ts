import { ApiError, FunctionCallingConfigMode, type GenerateContentConfig, GoogleGenAI } from '@google/genai';
import { expect, test } from 'vitest';
import { always, type ScriptedTurn, sequence, structured } from '../scripted-model/index.ts';
import type { WireServerOptions } from '../wire-server/index.ts';
import { startGeminiServer } from './server.ts';

// Proven with Google’s own client, so that what passes against it is not merely what we think the format is.

async function start(options: WireServerOptions) {
  const server = await startGeminiServer(options);
  const httpOptions = { baseUrl: server.origin };
  const { models } = new GoogleGenAI({ apiKey: options.key ?? 'none', httpOptions });
  return { server, models, [Symbol.asyncDispose]: () => server.close() };
}

const ask = { model: 'any', contents: 'hello there' };
const weather = { name: 'weather', parametersJsonSchema: { type: 'object' } };
const tools = [{ functionDeclarations: [weather] }];
const thinkingConfig = { includeThoughts: true };

const full: ScriptedTurn = {
  reasoning: 'Let me think',
  text: 'Good day',
  toolCalls: [
    { name: 'weather', arguments: { city: 'Bern', days: 3 }, signature: 'c2lnbmVk' },
    { name: 'weather', arguments: { city: 'Rome' } },
  ],
  usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, reasoningTokens: 8 },
};

test('says the same whole and streamed: thoughts, text, parallel calls, usage', async () => {
  await using setup = await start({ script: always(full) });
  const config = { thinkingConfig, tools };
  const whole = await setup.models.generateContent({ ...ask, config });
  const streamed = [];
  for await (const piece of await setup.models.generateContentStream({ ...ask, config }))
    streamed.push(piece);

  for (const pieces of [[whole], streamed]) {
    const parts = pieces.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    const thoughts = parts.filter(({ thought }) => thought).map(({ text }) => text);
    const texts = parts.filter(({ thought }) => !thought).map(({ text }) => text ?? '');
    expect(thoughts.join('')).toBe('Let me think');
    expect(texts.join('')).toBe('Good day');
    expect(parts.filter(({ functionCall }) => functionCall)).toMatchObject([
      { functionCall: { name: 'weather', args: { city: 'Bern', days: 3 } }, thoughtSignature: 'c2lnbmVk' },
      { functionCall: { name: 'weather', args: { city: 'Rome' } } },
    ]);
    const last = pieces.at(-1);
    expect(last?.candidates?.[0]?.finishReason).toBe('STOP');
    expect(last?.usageMetadata).toMatchObject({
      promptTokenCount: 100,
      candidatesTokenCount: 12,
      thoughtsTokenCount: 8,
      cachedContentTokenCount: 60,
      totalTokenCount: 120,
    });
  }
  expect(streamed.length).toBe(3 + 2 + 2 + 1);
});

test('keeps its thoughts to itself unless asked, and wants signatures back with their calls', async () => {
  await using setup = await start({ script: always(full) });
  const { candidates } = await setup.models.generateContent({ ...ask, config: { tools } });
  const parts = candidates?.[0]?.content?.parts ?? [];
  expect(parts.some(({ thought }) => thought)).toBe(false);

  const answer = { functionResponse: { name: 'weather', response: { degrees: 20 } } };
  const go = (model: typeof parts, answers: (typeof answer)[]) =>
    setup.models.generateContent({
      ...ask,
      config: { tools },
      contents: [
        { role: 'user', parts: [{ text: 'weather?' }] },
        { role: 'model', parts: model },
        { role: 'user', parts: answers },
      ],
    });
  await expect(go(parts, [answer, answer])).resolves.toMatchObject({ modelVersion: 'any' });
  const unsigned = parts.map(({ thoughtSignature: _, ...part }) => part);
  await expect(go(unsigned, [answer, answer])).rejects.toThrow(/thought_signature/);
  const foreign = unsigned.map((part) => ({ ...part, thoughtSignature: 'skip_thought_signature_validator' }));
  await expect(go(foreign, [answer, answer])).resolves.toMatchObject({ modelVersion: 'any' });
  await expect(go(parts, [answer])).rejects.toThrow(/number of function response parts/);
});

test('wants a signature with calls from elsewhere in the current turn, where the model is a newer one', async () => {
  await using setup = await start({ script: always({ text: 'x' }) });
  const call = { role: 'model', parts: [{ functionCall: { name: 'weather', args: {} } }] };
  const answer = { role: 'user', parts: [{ functionResponse: { name: 'weather', response: {} } }] };
  const user = { role: 'user', parts: [{ text: 'weather?' }] };
  const go = (model: string, contents: { role: string; parts: object[] }[]) =>
    setup.models.generateContent({ model, contents, config: { tools } });
  await expect(go('gemini-2.5-flash', [user, call, answer])).resolves.toMatchObject({ text: 'x' });
  await expect(go('gemini-3-flash', [user, call, answer])).rejects.toThrow(/thought_signature/);
  await expect(go('gemini-3-flash', [user, call, answer, call, user])).rejects.toThrow(/number of function/);
  await expect(go('gemini-3-flash', [user, call, answer, user])).resolves.toMatchObject({ text: 'x' });
});

test('lets the script see system, images, tools and schema', async () => {
  const seen: unknown[] = [];
  const script = structured({ city: 'Bern' });
  await using setup = await start({
    script: (request) => {
      seen.push(request);
      return script(request);
    },
  });
  const responseSchema = { type: 'OBJECT', properties: { city: { type: 'STRING' } } };
  const inlineData = { data: 'iVBORw0KGgo=', mimeType: 'image/png' };
  const asText = await setup.models.generateContent({
    model: 'any',
    contents: [{ role: 'user', parts: [{ text: 'where?' }, { inlineData }] }],
    config: {
      systemInstruction: 'Be brief',
      responseMimeType: 'application/json',
      responseSchema,
    },
  });
  const functionCallingConfig = { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['weather'] };
  const asCall = await setup.models.generateContent({
    ...ask,
    config: { tools, toolConfig: { functionCallingConfig } },
  });
  expect(asText.text).toBe('{"city":"Bern"}');
  expect(asCall.functionCalls).toMatchObject([{ name: 'weather', args: { city: 'Bern' } }]);
  expect(seen).toMatchObject([
    {
      messages: [
        { role: 'system', text: 'Be brief' },
        { role: 'user', text: 'where?', images: [{ data: 'iVBORw0KGgo=', mediaType: 'image/png' }] },
      ],
      schema: responseSchema,
    },
    { tools: ['weather'], toolChoice: { name: 'weather' } },
  ]);
});

test('refuses what Gemini refuses', async () => {
  await using setup = await start({ script: always({ text: 'x' }), key: 'right', models: ['any'] });
  const httpOptions = { baseUrl: setup.server.origin };
  const wrong = new GoogleGenAI({ apiKey: 'wrong', httpOptions });
  await expect(wrong.models.generateContent(ask)).rejects.toThrow(/API_KEY_INVALID/);
  await expect(setup.models.generateContent({ ...ask, model: 'other' })).rejects.toMatchObject({
    status: 404,
  });
  const refused = (config: GenerateContentConfig) => setup.models.generateContent({ ...ask, config });
  const named = (name: string) => ({ tools: [{ functionDeclarations: [{ ...weather, name }] }] });
  await expect(refused(named('1 bad'))).rejects.toThrow(/Invalid function name/);
  await expect(refused({})).resolves.toMatchObject({ text: 'x' });

  // The official client leaves out what the field does not take; others send it.
  const open = { type: 'OBJECT', properties: { a: { type: 'OBJECT', additionalProperties: false } } };
  const response = await fetch(`${setup.server.baseUrl}/models/any:generateContent?key=right`, {
    method: 'POST',
    body: JSON.stringify({
      contents: [{ parts: [{ text: 'hi' }] }],
      generationConfig: { responseSchema: open },
    }),
  });
  const message = expect.stringMatching(/"additionalProperties" at '.*response_schema.properties.a'/);
  expect(await response.json()).toMatchObject({ error: { code: 400, message } });
});

test('tells errors and the time to wait in Google’s way', async () => {
  await using setup = await start({
    script: sequence(
      { fault: { kind: 'status', status: 429, retryAfterMs: 34_000, message: 'Quota exceeded' } },
      { fault: { kind: 'status', status: 503 } },
      { fault: { kind: 'reset' } },
    ),
  });
  const limited: unknown = await setup.models.generateContent(ask).catch((error) => error);
  expect(limited).toBeInstanceOf(ApiError);
  expect(limited).toMatchObject({ status: 429, message: expect.stringContaining('RESOURCE_EXHAUSTED') });
  expect(limited).toMatchObject({ message: expect.stringContaining('"retryDelay":"34s"') });
  await expect(setup.models.generateContent(ask)).rejects.toThrow(/UNAVAILABLE/);
  await expect(setup.models.generateContent(ask)).rejects.toThrow(/fetch failed/);
});

test('cuts, garbles, ends and stalls a stream after the pieces of the script', async () => {
  const text = ['one', 'two', 'three'];
  await using setup = await start({
    script: sequence(
      { text, fault: { kind: 'cut', afterPieces: 2 } },
      { text, fault: { kind: 'malformed', afterPieces: 1 } },
      { text, fault: { kind: 'error', afterPieces: 1, message: 'overloaded', status: 503 } },
      { text, fault: { kind: 'unfinished', afterPieces: 2 } },
      { text, fault: { kind: 'stall', afterPieces: 1 } },
    ),
  });
  const read = async (abortSignal?: AbortSignal) => {
    const pieces: string[] = [];
    const config = abortSignal ? { abortSignal } : {};
    try {
      for await (const { text } of await setup.models.generateContentStream({ ...ask, config })) {
        pieces.push(text ?? '');
      }
    } catch (error) {
      return { pieces, error };
    }
    return { pieces };
  };
  expect(await read()).toMatchObject({ pieces: ['one', 'two'], error: expect.anything() });
  expect(await read()).toMatchObject({ pieces: ['one'], error: expect.anything() });
  expect(await read()).toMatchObject({
    pieces: ['one'],
    error: { message: expect.stringMatching('overloaded') },
  });
  expect(await read()).toEqual({ pieces: ['one', 'two'] });

  const controller = new AbortController();
  const stalled = read(controller.signal);
  const { disconnected } = await setup.server.requestAt(4);
  controller.abort();
  await disconnected;
  expect(await stalled).toMatchObject({ error: expect.anything() });
});

test('says that malformed arguments, a full window or a filter ended the reply', async () => {
  await using setup = await start({
    script: sequence(
      { toolCalls: [{ name: 'weather', arguments: '{"city":' }] },
      { text: 'x', finishReason: 'length' },
      { finishReason: 'content_filter' },
    ),
  });
  const reason = async () =>
    (await setup.models.generateContent({ ...ask, config: { tools } })).candidates?.[0]?.finishReason;
  expect([await reason(), await reason(), await reason()]).toEqual([
    'MALFORMED_FUNCTION_CALL',
    'MAX_TOKENS',
    'SAFETY',
  ]);
});

test('makes embeddings, lists models and counts tokens', async () => {
  const models = [{ name: 'any', contextWindow: 1000 }, 'more'];
  await using setup = await start({ script: always({}), models });
  const { embeddings } = await setup.models.embedContent({ model: 'any', contents: ['abc', 'abd', 'abc'] });
  expect(embeddings).toHaveLength(3);
  expect(embeddings?.[0]?.values).toEqual(embeddings?.[2]?.values);
  expect(embeddings?.[0]?.values).not.toEqual(embeddings?.[1]?.values);
  const response = await fetch(`${setup.server.baseUrl}/models/any:embedContent`, {
    method: 'POST',
    body: JSON.stringify({ content: { parts: [{ text: 'abc' }] } }),
  });
  expect(await response.json()).toEqual({ embedding: { values: embeddings?.[0]?.values } });

  const listed = [];
  for await (const { name, inputTokenLimit } of await setup.models.list())
    listed.push([name, inputTokenLimit]);
  expect(listed).toEqual([
    ['models/any', 1000],
    ['models/more', 8192],
  ]);
  expect(await setup.models.get({ model: 'any' })).toMatchObject({ inputTokenLimit: 1000 });
  expect(await setup.models.countTokens(ask)).toMatchObject({ totalTokens: 2 });
});
