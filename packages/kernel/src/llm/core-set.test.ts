import { expect, test } from 'vitest';
import { caller, chat, failure, firstFor, hosted, settings } from './llm.fixture.ts';

test('what a model cannot do is refused before it waits, naming one that can', async () => {
  const llm = await settings({
    models: [
      { name: 'quoting', backend: 'offline' },
      { name: 'vectors', backend: 'openai', model: 'text-embedding-3-small', api_key: 'k' },
      { name: 'seeing', backend: 'openai', model: 'gpt', api_key: 'k' },
    ],
  });
  const image = { type: 'image' as const, mediaType: 'image/png', data: 'x' };
  const prepare = () =>
    llm.handlers['llm.chat'].prepare(
      { model: 'quoting', messages: [{ role: 'user', content: [image] }] },
      caller,
    );
  const error = await failure(prepare);
  expect(error.code).toBe('failed_precondition');
  expect(error.message).toBe('Model "quoting" cannot see images. These can: "seeing".');
  expect((await failure(() => chat(llm, 'vectors').prepared)).message).toMatch(/cannot chat/);
  const embed = llm.handlers['llm.embed'].prepare({ texts: ['a'] }, caller);
  expect(embed.queue).toBe('core:vectors');
});

const chatOnly = { capabilities: ['chat'] };

test('a call for a group goes to a member that can answer it', async () => {
  const llm = await settings({
    models: [
      hosted('blind', chatOnly),
      hosted('tiny', { capabilities: ['chat', 'images'], context_tokens: 500 }),
      hosted('large', { capabilities: ['chat', 'images'], context_tokens: 100_000 }),
    ],
    groups: [
      { name: 'all', models: ['blind', 'tiny', 'large'] },
      { name: 'weak', models: ['blind', 'tiny'] },
    ],
    default: 'all',
  });
  expect(firstFor(llm, 'all')).toBe('core:blind');
  expect(firstFor(llm, undefined, '', true)).toBe('core:large');
  const error = await failure(() => firstFor(llm, 'weak', '', true));
  expect(error.code).toBe('failed_precondition');
  expect(error.message).toBe(
    'Model "blind" cannot see images. Model "tiny" has a context window of 500 tokens and the call needs about 1004. ' +
      'These can: "large".',
  );
});

test('models without a key, and the offline model, do not come before one that works', async () => {
  const llm = await settings({
    models: [
      { name: 'keyless', backend: 'openai' },
      { name: 'quoting', backend: 'offline' },
      hosted('working', chatOnly),
    ],
  });
  expect(firstFor(llm)).toBe('core:working');
  expect(firstFor(llm, 'keyless')).toBe('core:keyless');
});

test.each([
  [{ groups: [{ name: 'g', models: ['a', 'b'] }] }, 'llms.groups[0].models[1]', /no model "b"\. Known: a/],
  [{ groups: [{ name: 'a', models: ['a'] }] }, 'llms.groups[0].name', /taken/],
])('a wrong group names its key: %j', async (llms, key, message) => {
  const error = await failure(() => settings({ models: [{ name: 'a', backend: 'offline' }], ...llms }));
  expect(error).toMatchObject({ code: 'invalid_argument', details: { key } });
  expect(error.message).toMatch(message);
});

test('the smart strategy of the Python AIOS is the cheapest model that can answer', async () => {
  const llm = await settings({
    models: [
      hosted('dear', { ...chatOnly, prices: { input: 10, output: 10 } }),
      hosted('unknown', { ...chatOnly, model: 'nobody-knows' }),
      hosted('cheap', { ...chatOnly, prices: { input: 1, output: 1 } }),
    ],
    router: { strategy: 'smart' },
  });
  expect(firstFor(llm)).toBe('core:cheap');
});

test('embeddings of a call that names no model stay with one model', async () => {
  const vectors = { backend: 'openai', api_key: 'k', capabilities: ['embed'] };
  const llm = await settings({
    models: [
      { name: 'first', model: 'text-embedding-3-small', ...vectors },
      { name: 'second', model: 'text-embedding-3-large', ...vectors },
    ],
    router: { strategy: 'round_robin' },
  });
  const queue = () => llm.handlers['llm.embed'].prepare({ texts: ['a'] }, caller).queue;
  expect([queue(), queue(), queue()]).toEqual(['core:first', 'core:first', 'core:first']);
});
