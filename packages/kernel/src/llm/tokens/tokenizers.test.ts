import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import o200k from 'js-tiktoken/ranks/o200k_base';
import { describe, expect, test } from 'vitest';
import { Calibration } from './calibration.ts';
import { encodingOf, loadTokenizer } from './encodings.ts';
import { TextCounts, Tokenizers } from './text-counts.ts';
import { TokenCounter } from './token-counter.ts';

const { signal } = new AbortController();
const samples = [
  'The quick brown fox jumps over the lazy dog.',
  'export function sum(left: number, right: number): number {\n  return left + right;\n}\n',
  '{"path": "/a/b.txt", "lines": [1, 2, 3], "näme": "Žluťoučký kůň"}',
  '四个汉字，还有标点。مرحبا بالعالم — 🚀👩‍👩‍👧 e\u0301',
  '  \n\n\t  trailing   \r\n',
  'What looks like <|endoftext|> or <|im_start|> is text.',
  'x'.repeat(999),
];

describe.each([
  ['o200k_base', o200k],
  ['cl100k_base', cl100k],
] as const)('%s', (encoding, ranks) => {
  const other = new Tiktoken(ranks);

  test('counts as another implementation does, text for text', { timeout: 60_000 }, async () => {
    const count = await loadTokenizer({ kind: 'openai', encoding });
    for (const text of samples) expect(count(text)).toBe(other.encode(text, [], []).length);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(count(text)).toBe(other.encode(text, [], []).length);
      }),
    );
  });
});

test('a run of equal letters is counted in reasonable time, and hardly too high', async () => {
  const count = await loadTokenizer({ kind: 'openai', encoding: 'o200k_base' });
  const startedAt = performance.now();
  const tokens = count(`before ${'a'.repeat(200_000)} after`);
  // In one piece it would take some ten seconds.
  expect(performance.now() - startedAt).toBeLessThan(2000);
  expect(tokens).toBeGreaterThan(24_000);
  expect(tokens).toBeLessThan(26_000);
});

test.each([
  ['gpt-4', 'cl100k_base'],
  ['gpt-4-turbo', 'cl100k_base'],
  ['gpt-3.5-turbo-0125', 'cl100k_base'],
  ['gpt-4o-mini', 'o200k_base'],
  ['gpt-4.1', 'o200k_base'],
  ['ft:gpt-4o:acme::1', 'o200k_base'],
  ['gpt-5-nano', 'o200k_base'],
  ['o3-mini', 'o200k_base'],
  ['openai/gpt-oss-20b', 'o200k_base'],
  ['claude-sonnet-4-5', undefined],
  ['gpt-6-sol', undefined],
  ['Qwen/Qwen3-0.6B', undefined],
])('%s is counted with %s', (model, encoding) => {
  expect(encodingOf(model)).toBe(encoding);
});

/** A tokenizer of single letters and the words "hello" and " hello", in the form of Hugging Face. */
async function tinyTokenizer(): Promise<string> {
  const letters = [...'helo wrdĠ!'];
  const merges = ['h e', 'l l', 'he ll', 'hell o', 'Ġ hello'];
  const words = [...letters, ...merges.map((merge) => merge.replace(' ', ''))];
  const model = {
    type: 'BPE',
    vocab: Object.fromEntries(words.map((word, index) => [word, index])),
    merges,
    unk_token: null,
  };
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const folder = await mkdtemp(join(tmpdir(), 'aios-tokenizer-'));
  const file = {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model,
  };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(file));
  return folder;
}

test('a model of the Hugging Face cache is counted by its own tokenizer', async () => {
  const count = await loadTokenizer({ kind: 'hugging-face', folder: await tinyTokenizer() });
  expect(count('hello hello')).toBe(2);
  expect(count('hello hello world!')).toBe(2 + 'Ġworld'.length + 1);
});

test('what was counted is not counted again, as long as it is asked for now and then', () => {
  const counted: string[] = [];
  const counts = new TextCounts((text) => {
    counted.push(text);
    return text.length;
  });
  const long = 'long '.repeat(100);
  for (const text of ['short', long, 'short', long]) expect(counts.of(text)).toBe(text.length);
  expect(counted).toEqual(['short', long]);
});

test('a very long text is counted in parts, exactly, and others have their turn meanwhile', async () => {
  const counter = new TokenCounter(new Tokenizers(), { kind: 'openai', encoding: 'o200k_base' });
  const count = await loadTokenizer({ kind: 'openai', encoding: 'o200k_base' });
  const content = samples.join('\n').repeat(1500);
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 1);
  const counts = await counter.counts({ messages: [{ role: 'user', content }] }, signal);
  clearInterval(ticking);
  expect(counts.text(content)).toBe(count(content));
  expect(turns).toBeGreaterThan(3);
});

test('the count of a request grows by each part of it', async () => {
  const counter = new TokenCounter(new Tokenizers(), { kind: 'openai', encoding: 'o200k_base' });
  const user = { role: 'user' as const, content: 'Hello there' };
  const calls = [{ id: '1', name: 'read', arguments: { path: '/a' } }];
  const requests = [
    { messages: [user] },
    { messages: [{ ...user, name: 'Ann' }] },
    { messages: [user, { role: 'assistant' as const, content: '', toolCalls: calls }] },
    {
      messages: [user, { role: 'assistant' as const, content: '', toolCalls: calls }],
      tools: [{ name: 'read', description: 'Reads', inputSchema: { type: 'object' } }],
    },
  ];
  const counts = await Promise.all(
    requests.map(async (request) => (await counter.counts(request, signal)).request(request)),
  );
  // "Hello there" is two tokens; OpenAI counts four around a message and three before the reply.
  expect(counts[0]).toBe(2 + 4 + 3);
  expect(counts).toEqual(counts.toSorted((left, right) => left - right));
  expect(new Set(counts).size).toBe(counts.length);
});

test('where no tokenizer is published, what the provider reports sets the count right', async () => {
  const counter = new TokenCounter(new Tokenizers(), new Calibration(undefined, () => undefined));
  const request = { messages: [{ role: 'user' as const, content: 'some words of a text '.repeat(200) }] };
  const first = await counter.counts(request, signal);
  expect(first.source).toBe('estimate');
  const reported = Math.round(first.raw(request) * 1.35);
  counter.observe(first, request, reported);
  const second = await counter.counts(request, signal);
  expect(second.source).toBe('calibrated');
  expect(second.margin).toBeLessThan(first.margin);
  expect(Math.abs(second.request(request) / reported - 1)).toBeLessThan(0.02);
  // A small deviation changes nothing: what is cut must stay cut in the same place.
  counter.observe(second, request, Math.round(reported * 1.03));
  const third = await counter.counts(request, signal);
  expect(third.request(request)).toBe(second.request(request));
  // Nor does a report that cannot be true.
  counter.observe(third, request, 10);
  const fourth = await counter.counts(request, signal);
  expect(fourth.request(request)).toBeGreaterThanOrEqual(0.6 * fourth.raw(request));
});
