import type { ChatMessage } from '@aios/protocol';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import o200k from 'js-tiktoken/ranks/o200k_base';
import { Calibration } from '../../../packages/kernel/src/llm/tokens/calibration.ts';
import { TokenCounter, Tokenizers } from '../../../packages/kernel/src/llm/tokens/index.ts';
import { percentile } from '../../benchmark.ts';

const { signal } = new AbortController();

/** The largest difference in tokens between the kernel’s count of a text and that of another implementation. */
export async function exactError(texts: readonly string[]): Promise<number> {
  let worst = 0;
  for (const [encoding, ranks] of [['o200k_base', o200k] as const, ['cl100k_base', cl100k] as const]) {
    const other = new Tiktoken(ranks);
    const counter = new TokenCounter(new Tokenizers(), { kind: 'openai', encoding });
    const counts = await counter.counts({ messages: [] }, signal);
    for (const text of texts) {
      worst = Math.max(worst, Math.abs(counts.text(text) - other.encode(text, [], []).length));
    }
  }
  return worst;
}

/**
 * How far a calibrated count is off, as a share, where the tokenizer is not known to the counter: prompts that a provider counts
 * by cl100k_base, after as many reports as there were turns before. The 95th percentile of turns, and the first one.
 */
export async function calibratedError(
  prompts: readonly (readonly ChatMessage[])[],
): Promise<{ first: number; p95: number }> {
  const theirs = new TokenCounter(new Tokenizers(), { kind: 'openai', encoding: 'cl100k_base' });
  const ours = new TokenCounter(new Tokenizers(), new Calibration(undefined, () => undefined));
  const errors: number[] = [];
  for (const messages of prompts) {
    const request = { messages: [...messages] };
    const reported = (await theirs.counts(request, signal)).request(request);
    const counts = await ours.counts(request, signal);
    errors.push(Math.abs(counts.request(request) / reported - 1));
    ours.observe(counts, request, reported);
  }
  return { first: errors[0] ?? Number.NaN, p95: percentile(errors.slice(1), 0.95) };
}
