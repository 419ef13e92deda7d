import type { ChatRequest } from '@aios/protocol';
import { startHuggingFaceCache } from '@aios/testing/transformers';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../../../telemetry/index.ts';
import { systemClock } from '../../clock.ts';
import { describeChatConformance, streamed } from '../../conformance.ts';
import type { Driver } from '../../driver.ts';
import { failure } from '../../llm.fixture.ts';
import { createDriver } from '../create-driver.ts';
import { providers } from '../table.ts';
import { ModelWorkers } from './index.ts';

// Real transformers over small models: their weights are chosen so that what they say is known, or random.

// Python takes seconds to import torch, more on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const says = (pieces: readonly string[], when = '') => ({ when, pieces });
const toolCall = [
  '<tool_call>{"name": "documents.search",',
  ' "arguments": {"query": "core"}}',
  '</tool_call>',
];
const scripted = [
  {
    name: 'tests/scripted',
    replies: [
      says(['It has', ' a', ' queue', ' é', '🎈'], 'Result of the tool'),
      says(toolCall, 'You can call tools'),
      says(['<think>', 'Let me', ' see', '</think>', '\n\nFine'], 'Think'),
      { ...says([' tick', ' tock'], 'Go on'), endless: true },
      says(['{"name": "Ada", ', '"age": 36}'], 'does not match'),
      says(['{"name": ', '"Ada"}'], 'JSON Schema'),
      says(['Nothing']),
    ],
  },
  {
    name: 'tests/no-system',
    replies: [says(['Aye'], 'like a pirate'), says(['Yes'])],
    refusal: "{% if messages[0]['role'] == 'system' %}{{ raise_exception('No system role!') }}{% endif %}",
  },
  { name: 'tests/plain', replies: [says(['I am', ' plain', '\nUser:', ' And you?'])], plain: true as const },
  { name: 'tests/short', replies: [says(['Yes'])], contextTokens: 32 },
].map((model) => ({ kind: 'scripted' as const, ...model }));

const cache = await startHuggingFaceCache([
  ...scripted,
  { name: 'tests/random', kind: 'random' },
  { name: 'tests/encoder', kind: 'encoder', contextTokens: 64 },
]);
const workers = new ModelWorkers({
  env: { ...process.env, OMP_NUM_THREADS: '1' },
  logger: createLogger('silent'),
  clock: systemClock,
});
afterAll(async () => {
  workers[Symbol.dispose]();
  await cache?.[Symbol.asyncDispose]();
});

const { signal } = new AbortController();
const ask = (content: string): ChatRequest => ({ messages: [{ role: 'user', content }] });
function driverOf(model: string): Driver {
  const provider = providers.get('huggingface-local');
  if (provider === undefined || cache === undefined) throw new Error('There is no provider or no cache.');
  const { capabilities } = provider;
  const baseUrl = `file://${cache.home}/hub`;
  return createDriver({ provider, model, baseUrl, capabilities, local: { python: cache.python } }, workers);
}

describe.skipIf(cache === undefined)('transformers', () => {
  const under = () => ({
    driver: driverOf('tests/scripted'),
    sendsCallsWhole: true,
    [Symbol.asyncDispose]: async () => undefined,
  });
  describeChatConformance('huggingface-local', {
    sayingSomething: async () => under(),
    callingTool: async () => under(),
  });

  test('characters of several bytes come whole, and usage is counted by the tokenizer', async () => {
    const { reply, chunks } = await streamed(driverOf('tests/scripted'), ask('Result of the tool'));
    expect(reply).toMatchObject({
      message: { content: 'It has a queue é🎈' },
      usage: { outputTokens: 6, source: 'provider' },
    });
    expect(chunks.map((chunk) => 'text' in chunk && chunk.text)).not.toContainEqual(
      expect.stringContaining('\ufffd'),
    );
  });

  test('a random model writes what its whole reply says, piece by piece, in whole characters', async () => {
    const request = { ...ask('Hi'), seed: 3, maxTokens: 200, temperature: 1 };
    const { reply, chunks } = await streamed(driverOf('tests/random'), request);
    const pieces = chunks.map((chunk) => (chunk.type === 'text-delta' ? chunk.text : ''));
    expect(pieces.join('')).toBe(reply.message.content);
    expect(reply.usage.outputTokens).toBeLessThanOrEqual(200);
  });

  test('the same seed gives the same reply, another one another', async () => {
    const driver = driverOf('tests/random');
    const written = async (seed?: number) => {
      const request = { ...ask('Hi'), maxTokens: 40, temperature: 1, ...(seed !== undefined && { seed }) };
      return (await driver.chat(request, { signal })).message.content;
    };
    const [first, again, other, free, freeAgain] = [
      await written(1),
      await written(1),
      await written(2),
      await written(),
      await written(),
    ];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(free).not.toBe(freeAgain);
  });

  test('temperature 0 and topP 0 take the likeliest token each time', async () => {
    const driver = driverOf('tests/random');
    const written = async (more: Partial<ChatRequest>) =>
      (await driver.chat({ ...ask('Hi'), maxTokens: 30, ...more }, { signal })).message.content;
    const greedy = await written({ temperature: 0 });
    expect(await written({ temperature: 0, seed: 9 })).toBe(greedy);
    expect(await written({ temperature: 1.5, topP: 0, seed: 9 })).toBe(greedy);
    expect(await written({ temperature: 1.5, topK: 1, seed: 9 })).toBe(greedy);
  });

  test('maxTokens cuts a reply off and stop ends it before the words that it names', async () => {
    const driver = driverOf('tests/scripted');
    const cut = await driver.chat({ ...ask('Go on'), maxTokens: 5 }, { signal });
    expect(cut).toMatchObject({ message: { content: ' tick tock tick tock tick' }, finishReason: 'length' });
    expect(cut.usage.outputTokens).toBe(5);
    const { reply, chunks } = await streamed(driver, {
      ...ask('Go on'),
      maxTokens: 500,
      stop: ['nothing', 'ck to'],
    });
    expect(reply).toMatchObject({ message: { content: ' ti' }, finishReason: 'stop' });
    expect(reply.usage.outputTokens).toBeLessThan(10);
    expect(chunks).toEqual([{ type: 'text-delta', text: ' ti' }]);
  });

  test('cancelling ends the generation, and the model answers the next call', async () => {
    const driver = driverOf('tests/scripted');
    const controller = new AbortController();
    const call = driver.chat(ask('Go on'), { signal: controller.signal, emit: () => controller.abort() });
    expect(await failure(() => call)).toMatchObject({ code: 'cancelled' });
    const startedAt = performance.now();
    await driver.chat({ ...ask('Go on'), maxTokens: 1 }, { signal });
    // 4,000 more tokens would take far longer: the window of the model is that large, and nothing else ends it.
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test('the reply says what the model was not told', async () => {
    const request = { ...ask('Hi'), presencePenalty: 1, user: 'ada' };
    const { metadata } = await driverOf('tests/scripted').chat(request, { signal });
    expect(metadata).toEqual({ warnings: ['unsupported: presencePenalty', 'unsupported: user'] });
  });

  test('thinking comes apart from the answer', async () => {
    const { reply } = await streamed(driverOf('tests/scripted'), ask('Think'));
    expect(reply.message).toEqual({ role: 'assistant', reasoning: 'Let me see', content: 'Fine' });
  });

  test('JSON is asked for in the prompt, checked, and put right', async () => {
    const schema = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] };
    const request: ChatRequest = {
      ...ask('Who?'),
      responseFormat: { type: 'json_schema', name: 'p', schema },
    };
    const reply = await driverOf('tests/scripted').chat(request, { signal });
    expect(reply).toMatchObject({ json: { name: 'Ada', age: 36 }, emulated: ['json'] });
  });

  test('instructions go into the first question where the chat template knows no system role', async () => {
    const messages = [
      { role: 'system' as const, content: 'Talk like a pirate.' },
      { role: 'user' as const, content: 'Hi' },
    ];
    const reply = await driverOf('tests/no-system').chat({ messages }, { signal });
    expect(reply.message.content).toBe('Aye');
  });

  test('a model without a chat template continues a dialogue, up to the next question', async () => {
    const reply = await driverOf('tests/plain').chat(ask('Hi'), { signal });
    expect(reply).toMatchObject({ message: { content: 'I am plain' }, finishReason: 'stop' });
  });

  test('embeddings are unit vectors that differ between texts, also of a text beside longer ones', async () => {
    for (const model of ['tests/encoder', 'tests/random']) {
      const driver = driverOf(model);
      const { vectors, usage } = await driver.embed(
        { texts: ['a queue', 'a core of the system', 'a queue'] },
        {
          signal,
        },
      );
      const [alone] = (await driver.embed({ texts: ['a queue'] }, { signal })).vectors;
      expect(vectors).toHaveLength(3);
      expect(vectors.map((vector) => Math.hypot(...vector))).toEqual(
        [1, 1, 1].map((one) => expect.closeTo(one)),
      );
      const cosine = (left: number[] = [], right: number[] = []) =>
        left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
      expect(cosine(vectors[0], alone)).toBeCloseTo(1);
      expect(cosine(vectors[0], vectors[2])).toBeCloseTo(1);
      expect(cosine(vectors[0], vectors[1])).toBeLessThan(0.999);
      expect(usage).toMatchObject({ inputTokens: expect.any(Number), source: 'provider' });
    }
  });

  test.each([
    [
      'a picture',
      'tests/scripted',
      { messages: [{ role: 'user', content: [{ type: 'image', mediaType: 'image/png', data: 'x' }] }] },
      'invalid_argument',
      /text only/,
    ],
    [
      'too long a conversation',
      'tests/short',
      ask('long '.repeat(20)),
      'invalid_argument',
      /context window of the model is 32/,
    ],
    ['a model that only embeds', 'tests/encoder', ask('Hi'), 'failed_precondition', /only makes embeddings/],
    ['a model that is not there', 'tests/nobody', ask('Hi'), 'not_found', /hf download tests\/nobody/],
    ['a name that is no name', '../../etc', ask('Hi'), 'not_found', /no model/],
  ] as const)('%s is refused', async (_name, model, request, code, message) => {
    const error = await failure(() => driverOf(model).chat(request as unknown as ChatRequest, { signal }));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
