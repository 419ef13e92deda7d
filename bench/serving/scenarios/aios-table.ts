import { a5000, type EngineParameters } from '@aios/testing/inference-engine';
import type { Bench } from '../bench.ts';
import { type Measures, measure } from '../measures.ts';
import type { Program } from '../program.ts';
import { seededRandom } from '../random.ts';
import { runKept } from '../run-kept.ts';
import { playWaves, type Variant } from '../run-variant.ts';

// The AIOS paper (arXiv 2403.16971, table of schedulers; papers.md 1.2) gives total, mean wait and p90 wait in seconds:
// none 152.1 / 9.8 / 11.0, FIFO 74.2 / 3.0 / 5.0, round robin 77.3 / 3.2 / 4.2, for 250 agents on one GPU that takes one prompt
// at a time. It does not say how long calls were nor how agents came. The FIFO row does: 74.2 s / 250 is 0.297 s a call, and
// of n calls that come together each waits 0.297 × (n - 1) / 2 in the mean and nine in ten less than 0.297 × 0.9 × (n - 1),
// which gives 3.0 and 5.0 (5.4) for n = 21: agents came in waves of 21, each wave when the last was done.
const waveSize = 21;
const agents = 250;

/** 14 steps of 20.9 ms, the first of which computes the prompt as well, are 0.297 s. */
const outputTokens = { from: 7, to: 21 };
const inputTokens = 60;

const oneSlot: EngineParameters = { ...a5000, maxSequences: 1 };

/** The table for each variant, in the order of the paper. */
export async function replayAiosTable(
  bench: Bench,
  variants: readonly Variant[],
  quick: boolean,
): Promise<Map<Variant, Measures>> {
  const random = seededRandom(250);
  const programs = Array.from({ length: agents }, (_, number): Program => {
    const output = Math.floor(outputTokens.from + random() * (outputTokens.to - outputTokens.from + 1));
    return {
      id: `${number}`,
      agent: 'mint',
      sharedInput: { kind: `task-${number}`, tokens: 1 },
      stages: [[{ input: inputTokens, output }]],
      pauses: [],
    };
  });
  const table = new Map<Variant, Measures>();
  for (const variant of variants) {
    // Clients that back off for seconds do not notice a millisecond; a slot that waits for a kernel does.
    const timeScale = (variant === 'direct' ? 20 : 5) * (quick ? 2 : 1);
    const engine = { ...oneSlot, timeScale };
    const run = await runKept(bench, `aios-table ${variant}`, variant, engine, playWaves(programs, waveSize));
    if (run !== undefined) table.set(variant, measure(run, engine));
  }
  return table;
}
