// Generations that are stopped and gone on with, by each provider’s own means, before servers that speak its wire format. The
// model behind them writes something else where the text that it is sent was cut inside of a token.

import type { ChatRequest } from '@aios/protocol';
import { always, greedyModel } from '@aios/testing';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runInterrupted, startCore, undisturbed } from './interruption.fixture.ts';
import type { Provider } from './providers/provider.ts';
import { providers } from './providers/table.ts';

const greedy: ChatRequest = {
  messages: [
    { role: 'system', content: 'You tell stories.' },
    { role: 'user', content: 'Tell one of a kernel.' },
  ],
  temperature: 0,
  seed: 7,
};
const tools = [{ name: 'weather', description: '', inputSchema: { type: 'object' } }];
const script = greedyModel({ words: 24 });

const resumption = z.object({ slices: z.number(), method: z.string(), repeatedOutputTokens: z.number() });
const slicesOf = (metadata: unknown) => resumption.safeParse(Object(metadata).resumed).data?.slices ?? 1;

const continuing = [...providers.values()].filter(({ quirks }) => quirks.continuation !== undefined);

test('the providers that can go on with a reply, and how', () => {
  expect(
    Object.fromEntries(continuing.map(({ name, quirks }) => [name, quirks.continuation?.method])),
  ).toEqual({
    anthropic: 'last_message',
    deepseek: 'prefix',
    mistral: 'prefix',
    moonshot: 'partial',
    qwen: 'partial',
    ollama: 'last_message',
    vllm: 'continue_final_message',
    sglang: 'continue_final_message',
    llamacpp: 'continue_final_message',
  });
});

describe.each(continuing)('$name', (provider) => {
  test('stopped after any piece, or after each, the joined text is that of an undisturbed run', async () => {
    await using setUp = await startCore(provider, script);
    const { core } = setUp;
    const alone = await runInterrupted([core], greedy, undisturbed);
    const { content } = alone.reply.message;
    const pieces = alone.chunks.length;
    expect(pieces).toBeGreaterThan(30);
    let stopped = 0;
    for (let after = 1; after <= pieces; after += 1) {
      const at = (slice: number, piece: number) => slice === 1 && piece >= after;
      const streamed = after % 2 === 0;
      const { reply, told } = await runInterrupted([core], greedy, { at, streamed });
      expect(reply.message.content, `stopped after piece ${after}`).toBe(content);
      if (streamed) expect(told).toBe(content);
      expect(reply.finishReason).toBe('stop');
      if (slicesOf(reply.metadata) > 1) stopped += 1;
    }
    expect(stopped).toBeGreaterThan(0.8 * pieces);

    const often = await runInterrupted([core], greedy, { at: () => true });
    expect(often.reply.message.content).toBe(content);
    expect(often.told).toBe(content);
    expect(slicesOf(often.reply.metadata)).toBeGreaterThan(10);
  });

  test('a text that is not decoded greedily goes on from its last character', async () => {
    await using setUp = await startCore(provider, always({ text: ['One ', 'two ', 'thr', 'ee four'] }));
    const sampled = { ...greedy, temperature: 0.7 };
    const at = (slice: number, piece: number) => slice === 1 && piece === 3;
    const { reply, told } = await runInterrupted([setUp.core], sampled, { at });
    expect(reply.message.content).toBe('One two three four');
    expect(told).toBe('One two three four');
    expect(JSON.stringify(setUp.server.requests.at(-1)?.body)).toContain('One two thr');
  });

  test('a reply that has begun to think or to call a tool runs to its end, as does one that is to be JSON', async () => {
    await using thinking = await startCore(provider, always({ reasoning: ['Let me ', 'see'], text: 'Good' }));
    const thought = await runInterrupted([thinking.core], greedy, { at: () => true });
    if (provider.name !== 'anthropic') {
      expect(thought).toMatchObject({ reply: { message: { content: 'Good', reasoning: 'Let me see' } } });
      expect(thought.reasons).toEqual(['it has begun to think']);
      expect(thought.reply.metadata).toMatchObject({ runsToEnd: 'it has begun to think' });
    }
    const json = await runInterrupted(
      [thinking.core],
      { ...greedy, reasoningEffort: 'high' },
      { at: () => true },
    );
    expect(json.reply.metadata).toMatchObject({ runsToEnd: 'the model thinks' });
  });
});

const named = (name: string): Provider => {
  const provider = providers.get(name);
  if (provider === undefined) throw new Error(`There is no provider ${name}.`);
  return provider;
};

test('a provider that cannot go on with a reply runs to its end and says so', async () => {
  await using setUp = await startCore(named('openai'), script);
  const { reply, reasons } = await runInterrupted([setUp.core], greedy, { at: () => true });
  expect(reply.metadata).toMatchObject({ runsToEnd: 'OpenAI cannot go on with a reply' });
  expect(reasons).toEqual(['OpenAI cannot go on with a reply']);
});

test.each(['claude-opus-4-6', 'claude-sonnet-4-6', 'claude-sonnet-5-5', 'claude-fable-5'])(
  'Anthropic’s %s refuses the beginning of a reply, so it runs to its end',
  async (model) => {
    await using setUp = await startCore(named('anthropic'), script, model);
    const { temperature: _, ...request } = greedy;
    const { reply } = await runInterrupted([setUp.core], request, { at: () => true });
    expect(reply.metadata).toMatchObject({ runsToEnd: `${model} cannot go on with a reply` });
  },
);

test.each([
  'claude-3-7-sonnet-20250219',
  'claude-opus-4-20250514',
  'claude-opus-4-1',
  'claude-haiku-4-5-20251001',
])('Anthropic’s %s goes on with the beginning of a reply', async (model) => {
  await using setUp = await startCore(named('anthropic'), script, model);
  const { reply } = await runInterrupted([setUp.core], greedy, { at: () => true });
  expect(slicesOf(reply.metadata)).toBeGreaterThan(5);
});

test('text before a call of a tool can be gone on with at Anthropic, and at no engine that reads calls from text', async () => {
  const turn = {
    text: ['I look ', 'it up ', 'now. '],
    toolCalls: [{ name: 'weather', arguments: { city: 'Bern' } }],
  };
  await using claude = await startCore(named('anthropic'), always(turn));
  const at = (slice: number, piece: number) => slice === 1 && piece === 2;
  const resumed = await runInterrupted([claude.core], { ...greedy, tools }, { at });
  expect(slicesOf(resumed.reply.metadata)).toBe(2);
  expect(resumed.reply).toMatchObject({
    message: { content: 'I look it up now. ', toolCalls: [{ name: 'weather', arguments: { city: 'Bern' } }] },
    finishReason: 'tool_calls',
  });
  const atCall = (_slice: number, piece: number) => piece === 4;
  const whole = await runInterrupted([claude.core], { ...greedy, tools }, { at: atCall });
  expect(whole.reply.metadata).toMatchObject({ runsToEnd: 'it has begun to call a tool' });

  await using vllm = await startCore(named('vllm'), always(turn));
  const engine = await runInterrupted([vllm.core], { ...greedy, tools }, { at });
  expect(engine.reply.metadata).toMatchObject({ runsToEnd: 'the reply may call tools' });
  const noCalls = await runInterrupted([vllm.core], { ...greedy, tools, toolChoice: 'none' }, { at });
  expect(slicesOf(noCalls.reply.metadata)).toBe(2);
});
