import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  firstOf,
  rules,
  type Script,
  type ScriptedTurn,
  startAnthropicServer,
  startOllamaServer,
  startOpenAiServer,
  type WireServerOptions,
} from '@aios/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Outcome } from './check.ts';
import { checkProvider, type Report } from './check-provider.ts';
import { resultLine, summary } from './table.ts';
import { wellBehaved } from './well-behaved.fixture.ts';

const key = 'sk-test-0123456789abcdef';
const models: WireServerOptions['models'] = [
  'known',
  { name: 'embedder', capabilities: ['embedding'] },
  { name: 'claude-sonnet-5-5' },
];
const { signal } = new AbortController();

/** Holds the homes of the checks of this file, and of no other. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provider-check-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** The checks with this outcome, with their notes. */
function having(outcome: Outcome, { results }: Report): Record<string, string> {
  return Object.fromEntries(
    results.flatMap((result) => (result.outcome === outcome ? [[result.name, result.note]] : [])),
  );
}

async function checkVllm(script: Script, options: Partial<WireServerOptions> = {}): Promise<Report> {
  await using server = await startOpenAiServer({ script, models, ...options });
  const target = { backend: 'vllm', model: 'known', hostname: server.baseUrl, embed: 'embedder' };
  return await checkProvider(target, { env: {}, signal });
}

/** The well-behaved model, with another answer where the last message matches. */
function except(pattern: RegExp, answer: Script | ScriptedTurn): Script {
  return firstOf(rules([pattern, answer]), wellBehaved);
}

describe('a model that behaves', () => {
  test('passes on Ollama, which needs no key', async () => {
    await using server = await startOllamaServer({ script: wellBehaved, models });
    const target = { backend: 'ollama', model: 'known', hostname: server.origin, embed: 'embedder' };
    const seen: string[] = [];
    const report = await checkProvider(target, {
      env: {},
      signal,
      onResult: ({ name }) => seen.push(name),
    });
    expect(having('failed', report)).toEqual({});
    expect(having('not offered', report)).toEqual({});
    expect(report.passed).toBe(true);
    expect(seen).toEqual(report.results.map(({ name }) => name));
    expect(report.results.find(({ name }) => name === 'cancellation')?.ms).toBeLessThan(2000);
  });

  test('passes on vLLM, and says what was native', async () => {
    const report = await checkVllm(wellBehaved);
    expect(having('failed', report)).toEqual({});
    expect(having('not offered', report)).toEqual({});
    expect(having('passed', report)).toMatchObject({
      'tool call, forced': 'native',
      'structured output': 'native',
      'parallel tool calls': '2 calls',
      'unknown model refused': 'not_found',
    });
    expect(report.results.every(({ name, tokens }) => tokens > 0 || name !== 'whole reply')).toBe(true);
  });

  test('passes on Anthropic, with the key of the environment and at a cost', async () => {
    await using server = await startAnthropicServer({ script: wellBehaved, models, key });
    const target = { backend: 'anthropic', model: 'claude-sonnet-5-5', hostname: server.baseUrl };
    const report = await checkProvider(target, { env: { ANTHROPIC_API_KEY: key }, signal });
    expect(having('failed', report)).toEqual({});
    expect(having('not offered', report)).toMatchObject({
      embeddings: expect.stringContaining('--embed'),
    });
    expect(having('passed', report)).toMatchObject({ 'usage and cost': expect.stringMatching(/0\.\d+ USD/) });
    expect(summary(report)).toBe('anthropic claude-sonnet-5-5 does everything that it promises.');
  });
});

describe('a model that misbehaves', () => {
  test.each<[string, RegExp, ScriptedTurn, RegExp]>([
    ['streamed reply', /from one to twenty/, { text: ['all at once'] }, /1 pieces/],
    ['system prompt', /your answer/, { text: 'I am a model.' }, /I am a model/],
    ['several turns', /locker number/, { text: 'No idea.' }, /No idea/],
    ['tool call, forced', /weather in Paris/, { text: 'Sunny.' }, /Sunny|no tool/],
    ['structured output', /36 years/, { text: 'Ada, I think.' }, /unavailable/],
    ['stop', /alpha bravo/, { text: 'alpha bravo charlie delta' }, /went on/],
    ['max tokens', /poem/, { text: 'The sea' }, /finish reason stop/],
    ['usage and cost', /robot/, { text: 'Bluey', usage: null }, /counted no tokens for 2/],
  ])('fails in: %s', async (name, pattern, answer, note) => {
    const report = await checkVllm(except(pattern, answer));
    expect(report.passed).toBe(false);
    expect(having('failed', report)).toMatchObject({ [name]: expect.stringMatching(note) });
    expect(having('passed', report)).toHaveProperty('whole reply');
  });

  test('fails in what a provider promises of its models', async () => {
    const script = except(/Which colour/, { text: 'I see no image.' });
    await using server = await startAnthropicServer({ script, models, key });
    const target = { backend: 'anthropic', model: 'claude-sonnet-5-5', hostname: server.baseUrl };
    const report = await checkProvider(target, { env: { ANTHROPIC_API_KEY: key }, signal });
    expect(having('failed', report)).toEqual({ image: expect.stringContaining('I see no image') });
    expect(report.passed).toBe(false);
  });

  test('what a server of one’s own may lack is reported, not held against it', async () => {
    const report = await checkVllm(except(/Which colour/, { text: 'I see no image.' }));
    expect(having('not offered', report)).toEqual({ image: expect.stringContaining('I see no image') });
    expect(report.passed).toBe(true);
  });

  test('replies that differ are reported, not held against it', async () => {
    let count = 0;
    const report = await checkVllm(except(/robot/, () => ({ text: `Robot ${++count}` })));
    expect(having('not offered', report)).toEqual({
      'seed, same reply twice': expect.stringContaining('"Robot 1", then "Robot 2"'),
    });
  });

  test('is asked nothing else where it does not answer, and the key stays hidden', async () => {
    await using server = await startAnthropicServer({ script: wellBehaved, models, key: 'another-key-0123' });
    const target = { backend: 'anthropic', model: 'claude-sonnet-5-5', hostname: server.baseUrl };
    const report = await checkProvider(target, { env: { ANTHROPIC_API_KEY: key }, signal });
    expect(report.passed).toBe(false);
    expect(report.results).toHaveLength(1);
    expect(summary(report)).toMatch(/did not answer/);
    expect(server.requests).not.toEqual([]);
    expect(JSON.stringify(report) + report.results.map(resultLine).join('')).not.toContain(key);
  });
});

test('an interruption ends the check and leaves no home behind', async () => {
  const interruption = new AbortController();
  await using server = await startOpenAiServer({ script: () => ({ text: 'late', delayMs: 60_000 }), models });
  const target = { backend: 'vllm', model: 'known', hostname: server.baseUrl };
  const check = checkProvider(target, { env: {}, signal: interruption.signal });
  const ended = expect(check).rejects.toMatchObject({ name: 'AbortError' });
  await server.requestAt(0);
  interruption.abort();
  await ended;
  expect(await readdir(folder)).toEqual([]);
});

test('an unknown backend is refused with those that are known', async () => {
  const check = checkProvider({ backend: 'olama', model: 'known' }, { env: {}, signal });
  await expect(check).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('ollama'),
  });
});
