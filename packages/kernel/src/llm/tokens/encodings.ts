import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Counts the tokens of a text, as the model that it belongs to sees them. */
export type CountText = (text: string) => number;

/** A tokenizer that its maker published: one of OpenAI’s encodings, or the files of a model in the Hugging Face cache. */
export type TokenizerSource =
  | { readonly kind: 'openai'; readonly encoding: OpenAiEncoding }
  | { readonly kind: 'hugging-face'; readonly folder: string };

export type OpenAiEncoding = 'o200k_base' | 'cl100k_base';

/** The name by which what was loaded, and what was counted, is kept. */
export function tokenizerName(source: TokenizerSource): string {
  return source.kind === 'openai' ? source.encoding : source.folder;
}

/** Models before GPT-4o (tiktoken, model.py). */
const withCl100k = /^(gpt-4(?!o|\.|-?5)|gpt-3\.5|text-embedding-|davinci-002|babbage-002)/;
const withO200k = /^(gpt-4|gpt-5|gpt-oss|chatgpt-|codex-|o[134](-|$))/;

/** The encoding of one of OpenAI’s models, under the name of any provider; undefined where OpenAI published none for it. */
export function encodingOf(model: string): OpenAiEncoding | undefined {
  const name = model.replace(/^(.*\/)?(ft:)?/, '');
  if (withCl100k.test(name)) return 'cl100k_base';
  return withO200k.test(name) ? 'o200k_base' : undefined;
}

/** Loads a tokenizer; a quarter of a second and some 75 MB for o200k_base. */
export function loadTokenizer(source: TokenizerSource): Promise<CountText> {
  return source.kind === 'openai' ? loadEncoding(source.encoding) : loadHuggingFace(source.folder);
}

/** What looks like a special token in a message is text to the vendors. */
const asText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

async function loadEncoding(encoding: OpenAiEncoding): Promise<CountText> {
  const { countTokens } = await (encoding === 'o200k_base'
    ? import('gpt-tokenizer/encoding/o200k_base')
    : import('gpt-tokenizer/encoding/cl100k_base'));
  return inShortRuns((text) => countTokens(text, asText));
}

const json = z.record(z.string(), z.unknown());

async function loadHuggingFace(folder: string): Promise<CountText> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const read = async (file: string) => json.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
  const config = await read('tokenizer_config.json').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  });
  const tokenizer = new Tokenizer(await read('tokenizer.json'), config);
  return inShortRuns((text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length);
}

const longestRun = 1000;
/** What pre-tokenizers leave in one piece; merging a piece takes time in the square of its length. */
const longRun = new RegExp(
  `[\\p{L}\\p{M}]{${longestRun},}|\\s{${longestRun},}|[^\\s\\p{L}\\p{M}\\p{N}]{${longestRun},}`,
  'gu',
);

/**
 * Counts runs of more than 1,000 letters, spaces or signs in parts, for a text of 100,000 equal letters would take seconds.
 * Such a run may come out a token a part too high; texts without any are counted exactly.
 */
function inShortRuns(count: CountText): CountText {
  return (text) => {
    if (text.length < longestRun) return count(text);
    let total = 0;
    let from = 0;
    for (const { index, 0: run } of text.matchAll(longRun)) {
      total += count(text.slice(from, index));
      for (let start = 0; start < run.length; start += longestRun) {
        total += count(run.slice(start, start + longestRun));
      }
      from = index + run.length;
    }
    return total + count(from === 0 ? text : text.slice(from));
  };
}
