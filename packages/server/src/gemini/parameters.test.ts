import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { always } from '@aios/testing';
import { expect, test } from 'vitest';
import { startGateway } from '../test-support/gateway.fixture.ts';
import { newBodies } from '../test-support/new-bodies.ts';
import { parameterTable } from '../test-support/parameter-table.ts';

/** Models of other dialects: not every provider has the like of every parameter. */
const models = ['anthropic', 'openai', 'ollama'];
const user = (text: string) => ({ role: 'user', parts: [{ text }] });
const tools = [{ functionDeclarations: [{ name: 'weather', parameters: { type: 'OBJECT' } }] }];
const schema = { type: 'OBJECT', properties: { city: { type: 'STRING' } } };

/** A value for each parameter, and what must be there besides. */
const samples: Record<string, { value: unknown; with?: object }> = {
  contents: { value: [user('something else')] },
  systemInstruction: { value: { parts: [{ text: 'Be brief' }] } },
  tools: { value: tools },
  toolConfig: { value: { functionCallingConfig: { mode: 'ANY' } }, with: { tools } },
  safetySettings: { value: [] },
  cachedContent: { value: 'cachedContents/x' },
  continuationToken: { value: 'token' },
  serviceTier: { value: 'flex' },
  store: { value: false },
  labels: { value: { team: 'x' } },
  'generationConfig.temperature': { value: 0.5 },
  'generationConfig.topP': { value: 0.5 },
  'generationConfig.topK': { value: 5 },
  'generationConfig.maxOutputTokens': { value: 77 },
  'generationConfig.stopSequences': { value: ['END'] },
  'generationConfig.seed': { value: 7 },
  'generationConfig.presencePenalty': { value: 0.5 },
  'generationConfig.frequencyPenalty': { value: 0.5 },
  'generationConfig.responseMimeType': { value: 'application/json' },
  'generationConfig.responseSchema': { value: schema },
  'generationConfig.responseJsonSchema': { value: { type: 'object' } },
  'generationConfig.thinkingConfig': { value: { thinkingBudget: 2000 } },
  'generationConfig.candidateCount': { value: 2 },
  'generationConfig.responseModalities': { value: ['TEXT', 'IMAGE'] },
  'generationConfig.audioTranscriptionConfig': { value: {} },
  'generationConfig.imageConfig': { value: { aspectRatio: '1:1' } },
  'generationConfig.enableEnhancedCivicAnswers': { value: true },
  'generationConfig.speechConfig': { value: {} },
  'generationConfig.mediaResolution': { value: 'MEDIA_RESOLUTION_LOW' },
  'generationConfig.responseLogprobs': { value: true },
  'generationConfig.logprobs': { value: 3 },
};

/** Settings of the official client that it heeds itself, and those of Google Cloud, which it does not send to this interface. */
const unsent = [
  'abortSignal',
  'audioTimestamp',
  'automaticContinuation',
  'automaticFunctionCalling',
  'generationOutputConfig',
  'httpOptions',
  'modelArmorConfig',
  'modelSelectionConfig',
  'routingConfig',
];

test('the table has every parameter of the official client', async () => {
  const file = new URL('../genai.d.ts', import.meta.resolve('@google/genai'));
  const types = readFileSync(fileURLToPath(file), 'utf8');
  const [, body = ''] = /interface GenerateContentConfig \{(.*?)\n\}/s.exec(types) ?? [];
  const parameters = [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, name = '']) => name);
  expect(parameters.length).toBeGreaterThan(20);
  const table = await parameterTable('gemini-api.md', '## Parameters of generateContent');
  const named = new Set([...table.keys()].map((name) => name.replace('generationConfig.', '')));
  expect(parameters.filter((name) => !named.has(name) && !unsent.includes(name))).toEqual([]);
});

test('every parameter of the documentation is treated as it says', async () => {
  const table = await parameterTable('gemini-api.md', '## Parameters of generateContent');
  expect([...table.keys()].sort()).toEqual(Object.keys(samples).sort());
  await using gateway = await startGateway(always({ text: '{"city": "fine"}' }));
  const reached = newBodies(gateway);
  const send = async (model: string, body: object) => {
    const path = `/v1beta/models/${model}:generateContent`;
    const { status } = await gateway.aios.request(path, { method: 'POST', body: JSON.stringify(body) });
    return { status, body: reached() };
  };
  for (const [name, treatment] of table) {
    const { value, with: rest } = samples[name] ?? { value: undefined };
    const [, setting] = name.split('generationConfig.');
    const parameter = setting === undefined ? { [name]: value } : { generationConfig: { [setting]: value } };
    const contents = [user('hello')];
    let differs = false;
    for (const model of models) {
      const before = await send(model, { contents, ...rest });
      const after = await send(model, { contents, ...rest, ...parameter });
      expect({ name, status: after.status }).toEqual({ name, status: treatment === 'refused' ? 400 : 200 });
      differs ||= after.status === 200 && after.body !== before.body;
    }
    expect({ name, differs }).toEqual({ name, differs: treatment === 'translated' });
  }
});
