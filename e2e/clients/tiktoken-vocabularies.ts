import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

// tiktoken downloads a vocabulary when it is first used, from an address that it names its copy by, and checks its SHA-256
// (tiktoken_ext/openai_public.py). The npm package js-tiktoken holds the same vocabularies, packed.

const vocabularies = {
  cl100k_base: '223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7',
  o200k_base: '446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d',
};

const packed = z.object({ bpe_ranks: z.string() });

/** Writes the vocabularies as tiktoken keeps them in TIKTOKEN_CACHE_DIR; fails when one is not what tiktoken expects. */
export async function writeVocabularies(nodeModules: string, folder: string): Promise<void> {
  for (const [name, sha256] of Object.entries(vocabularies)) {
    const source = await readFile(join(nodeModules, 'js-tiktoken/dist/ranks', `${name}.js`), 'utf8');
    const text = unpack(
      packed.parse(JSON.parse(source.slice(source.indexOf('{'), source.lastIndexOf('}') + 1))).bpe_ranks,
    );
    if (createHash('sha256').update(text).digest('hex') !== sha256) {
      throw new Error(`js-tiktoken holds another ${name} than tiktoken expects.`);
    }
    const url = `https://openaipublic.blob.core.windows.net/encodings/${name}.tiktoken`;
    await writeFile(join(folder, createHash('sha1').update(url).digest('hex')), text);
  }
}

/** Each line is a mark, the first rank, and the tokens in base64 with growing ranks. */
function unpack(ranks: string): string {
  const lines = ranks.split('\n').filter(Boolean);
  return lines
    .flatMap((line) => {
      const [, first, ...tokens] = line.split(' ');
      return tokens.map((token, at) => `${token} ${Number(first) + at}\n`);
    })
    .join('');
}
