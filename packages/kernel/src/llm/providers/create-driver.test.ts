import { always, sequence } from '@aios/testing';
import { expect, test } from 'vitest';
import { startProvider } from '../conformance-server.ts';
import { providerNamed, providers } from './table.ts';

const { signal } = new AbortController();

function provider(name: string) {
  const found = providerNamed(name);
  if (found === undefined) throw new Error(`The table has no ${name}.`);
  return found;
}

test('the cost counts the repairs of an emulated reply', async () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 100_000 };
  const script = sequence({ text: 'no JSON', usage }, { text: '{"a":1}', usage });
  const prices = { input: 2, output: 10, source: 'config.yaml' };
  await using under = await startProvider(provider('vllm'), { script }, { capabilities: ['chat'], prices });
  const reply = await under.driver.chat(
    { messages: [{ role: 'user', content: 'Hi' }], responseFormat: { type: 'json_object' } },
    { signal },
  );
  expect(reply).toMatchObject({ json: { a: 1 }, emulated: ['json'] });
  expect(reply.costUsd).toBeCloseTo(2 * (2 + 1));
});

test('without known prices there is no cost', async () => {
  await using under = await startProvider(provider('groq'), { script: always({ text: 'ok' }) });
  const reply = await under.driver.chat({ messages: [{ role: 'user', content: 'Hi' }] }, { signal });
  expect(reply).not.toHaveProperty('costUsd');
});

test('Ollama is told the size of the context window', async () => {
  await using under = await startProvider(
    provider('ollama'),
    { script: always({ text: 'ok' }) },
    { contextTokens: 32_768 },
  );
  await under.driver.chat({ messages: [{ role: 'user', content: 'Hi' }] }, { signal });
  expect(under.server.requests[0]?.body).toMatchObject({ options: { num_ctx: 32_768 } });
});

test('a provider goes by its aliases, in any case, and no two share one', () => {
  expect(providerNamed('Claude')?.name).toBe('anthropic');
  expect(providerNamed('nobody')).toBeUndefined();
  const names = [...providers.values()].flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
});

test('thinking that a server leaves in the text is taken out of it', async () => {
  const turn = { text: ['<thi', 'nk>Let me', ' see</think>\n\n', 'Fine', ' then'] };
  await using under = await startProvider(provider('vllm'), { script: always(turn) });
  const request = { messages: [{ role: 'user' as const, content: 'Hi' }] };
  const whole = await under.driver.chat(request, { signal });
  const pieces: string[] = [];
  const streamed = await under.driver.chat(request, {
    signal,
    emit: (chunk) => pieces.push('text' in chunk ? `${chunk.type}:${chunk.text}` : chunk.type),
  });
  for (const { message } of [whole, streamed]) {
    expect(message).toMatchObject({ content: 'Fine then', reasoning: 'Let me see' });
  }
  expect(pieces).toEqual([
    'reasoning-delta:Let me',
    'reasoning-delta: see',
    'text-delta:Fine',
    'text-delta: then',
  ]);
});
