import { expect, test } from 'vitest';
import { always, type ScriptedTurn } from '../../scripted-model/index.ts';
import {
  type OpenAiServer,
  type OpenAiServerOptions,
  startDeepSeekServer,
  startGroqServer,
  startMistralServer,
} from '../server.ts';

// These vendors’ clients are not among the dependencies; the places where they depart are read from the wire.

const turn: ScriptedTurn = {
  reasoning: ['Let me ', 'think'],
  text: 'Good',
  toolCalls: [{ name: 'weather', arguments: { city: 'Bern' } }],
  usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 6 },
  limits: { requests: { limit: 60, remaining: 59, resetMs: 1000 } },
};

async function ask(startServer: (options: OpenAiServerOptions) => Promise<OpenAiServer>) {
  await using server = await startServer({ script: always(turn) });
  const post = (stream: boolean) =>
    fetch(`${server.baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'hi' }], stream }),
    });
  const response = await post(false);
  const whole = JSON.parse(await response.text());
  const lines = (await (await post(true)).text()).split('\n\n').filter((line) => line.startsWith('data: {'));
  const chunks = lines.map((line) => JSON.parse(line.slice('data: '.length)));
  const deltas = chunks.map(({ choices }) => choices[0].delta);
  return {
    message: whole.choices[0].message,
    usage: whole.usage,
    deltas,
    last: chunks.at(-1),
    headers: response.headers,
  };
}

test('DeepSeek counts cache hits and misses', async () => {
  const { message, usage, last } = await ask(startDeepSeekServer);
  expect(message).toMatchObject({ content: 'Good', reasoning_content: 'Let me think' });
  expect(usage).toMatchObject({ prompt_cache_hit_tokens: 6, prompt_cache_miss_tokens: 4 });
  expect(last).toMatchObject({ usage: { prompt_tokens: 10 } });
});

test('Groq calls the reasoning otherwise and tells the usage in a place of its own', async () => {
  const { message, deltas, last } = await ask(startGroqServer);
  expect(message).toMatchObject({ content: 'Good', reasoning: 'Let me think' });
  expect(deltas).toContainEqual({ reasoning: 'Let me ' });
  expect(last).toMatchObject({ x_groq: { usage: { completion_tokens: 4 } } });
  expect(last).not.toHaveProperty('usage');
});

test('Mistral thinks in parts of the content and sends calls whole', async () => {
  const { message, deltas, headers } = await ask(startMistralServer);
  expect(headers.get('x-ratelimit-remaining-req-minute')).toBe('59');
  const thinking = (text: string) => ({ type: 'thinking', thinking: [{ type: 'text', text }] });
  expect(message.content).toEqual([thinking('Let me think'), { type: 'text', text: 'Good' }]);
  expect(deltas).toContainEqual({ content: [thinking('think')] });
  const calls = deltas.flatMap(({ tool_calls = [] }) => tool_calls);
  expect(calls).toMatchObject([
    { id: expect.stringMatching(/^\w{9}$/), function: { arguments: '{"city":"Bern"}' } },
  ]);
});
