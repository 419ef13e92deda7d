import { createLogger } from '@aios/kernel';
import { startOpenAiServer } from '@aios/testing';
import { bootInstallation } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { startServer } from '../server.ts';

async function setUp(contextTokens: number | undefined, maxCharacters = Number.POSITIVE_INFINITY) {
  await using starting = new AsyncDisposableStack();
  const upstream = starting.use(
    await startOpenAiServer({
      script: ({ messages }) => {
        const sent = messages.reduce((sum, { text }) => sum + text.length, 0);
        const message = `This model's maximum context length is 2000 tokens. However, your messages have more.`;
        return sent > maxCharacters ? { fault: { kind: 'status', status: 400, message } } : { text: 'fine' };
      },
    }),
  );
  const model = { name: 'small', backend: 'vllm', hostname: upstream.baseUrl, context_tokens: contextTokens };
  const context = { strategies: ['truncate'] };
  const config = JSON.stringify({ llms: { models: [model], retries: 0 }, context });
  const { kernel, token } = starting.use(await bootInstallation({ config }));
  const server = starting.use(await startServer({ kernel, port: 0, logger: createLogger('silent') }));
  const running = starting.move();
  const post = async (path: string, body: object) => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, header: response.headers.get('x-aios-context'), text };
  };
  return { post, upstream, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

const words = 'some words that were said before '.repeat(40);
const turns = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: `${index} ${words}`,
  }));
const done = /^tokens-before=\d+, tokens-after=\d+, truncated=\d+$/;

const routes = [
  ['/v1/chat/completions', { model: 'small', messages: turns(21) }],
  ['/v1/messages', { model: 'small', messages: turns(21), max_tokens: 100 }],
  ['/v1/responses', { model: 'small', input: turns(21), store: false }],
] as const;

test.each(routes)('%s tells in a header what was done, streamed or not', async (path, body) => {
  await using run = await setUp(2000);
  const whole = await run.post(path, body);
  expect(whole.status).toBe(200);
  expect(whole.header).toMatch(done);
  expect(whole.text).toContain('fine');
  const streamed = await run.post(path, { ...body, stream: true });
  expect(streamed.header).toMatch(done);
  expect(streamed.text).not.toContain('context-fitted');
});

test('a conversation that fits is passed on as it came, and told nothing of', async () => {
  await using run = await setUp(2000);
  const answer = await run.post('/v1/chat/completions', { model: 'small', messages: turns(1) });
  expect(answer).toMatchObject({ status: 200, header: null });
});

test('one that the provider finds too long is translated then, for that can be made to fit', async () => {
  await using run = await setUp(undefined, 8000);
  const answer = await run.post('/v1/chat/completions', { model: 'small', messages: turns(21) });
  expect(answer.status).toBe(200);
  expect(answer.header).toMatch(done);
});
