import { gguf, type Tensor } from './gguf.ts';
import { createVocabulary } from './vocabulary.ts';

const width = 64;
const heads = 4;
const layers = 2;
const hidden = 128;
/** How much stronger than chance the bytes of a character follow each other. */
const chainStrength = 30;

/**
 * A model file of the architecture llama with random weights, as 32-bit floats. It writes words, endings and characters of
 * several tokens in no sensible order. Bytes of a character follow each other, through dimensions that nothing else touches,
 * since they would make no text otherwise.
 */
export function tinyModel(seed: number): Buffer {
  const { tokens, merges, end, free, chains } = createVocabulary();
  const random = normal(seed);
  const reserved = chains.length;
  const isReserved = (dimension: number) => dimension < reserved;
  const matrix = (
    name: string,
    columns: number,
    rows: number,
    scale: number,
    keepsReserved = false,
  ): Tensor => {
    const data = new Float32Array(columns * rows);
    for (let row = 0; row < rows; row += 1) {
      if (keepsReserved && isReserved(row)) continue;
      for (let column = 0; column < columns; column += 1) data[row * columns + column] = scale * random();
    }
    return { name, dimensions: [columns, rows], data };
  };
  const ones = (name: string): Tensor => ({
    name,
    dimensions: [width],
    data: new Float32Array(width).fill(1),
  });

  const embedding = matrix('token_embd.weight', width, tokens.length, 1);
  for (let place = 0; place < embedding.data.length; place += 1) {
    if (isReserved(place % width)) embedding.data[place] = 0;
  }
  const output: Tensor = {
    name: 'output.weight',
    dimensions: [width, tokens.length],
    data: new Float32Array(width * tokens.length),
  };
  for (const token of free) {
    for (let at = reserved; at < width; at += 1) output.data[token * width + at] = random();
  }
  for (const [dimension, [from, to]] of chains.entries()) {
    embedding.data[from * width + dimension] = chainStrength;
    output.data[to * width + dimension] = chainStrength;
  }
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    const scale = 2 / Math.sqrt(width);
    return [
      ones(name('attn_norm')),
      matrix(name('attn_q'), width, width, scale),
      matrix(name('attn_k'), width, width, scale),
      matrix(name('attn_v'), width, width, scale),
      matrix(name('attn_output'), width, width, scale, true),
      ones(name('ffn_norm')),
      matrix(name('ffn_gate'), width, hidden, scale),
      matrix(name('ffn_up'), width, hidden, scale),
      matrix(name('ffn_down'), hidden, width, scale, true),
    ];
  });
  const metadata = {
    'general.architecture': { string: 'llama' },
    'general.name': { string: 'tiny' },
    'llama.context_length': { uint32: 2048 },
    'llama.embedding_length': { uint32: width },
    'llama.block_count': { uint32: layers },
    'llama.feed_forward_length': { uint32: hidden },
    'llama.attention.head_count': { uint32: heads },
    'llama.attention.head_count_kv': { uint32: heads },
    'llama.attention.layer_norm_rms_epsilon': { float32: 1e-5 },
    'llama.rope.dimension_count': { uint32: width / heads },
    'llama.vocab_size': { uint32: tokens.length },
    'tokenizer.ggml.model': { string: 'gpt2' },
    'tokenizer.ggml.pre': { string: 'gpt-2' },
    'tokenizer.ggml.tokens': { strings: tokens },
    'tokenizer.ggml.token_type': { int32s: tokens.map((_, token) => (token === end ? 3 : 1)) },
    'tokenizer.ggml.merges': { strings: merges },
    'tokenizer.ggml.bos_token_id': { uint32: end },
    'tokenizer.ggml.eos_token_id': { uint32: end },
    'tokenizer.ggml.add_bos_token': { bool: false },
  };
  return gguf(metadata, [embedding, ...blocks.flat(), ones('output_norm.weight'), output]);
}

/** Normally distributed numbers, the same ones for the same seed (mulberry32, by Tommy Ettinger, and Box and Muller). */
function normal(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
