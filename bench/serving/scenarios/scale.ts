import { a100, type EngineParameters } from '@aios/testing/inference-engine';
import type { Figures } from '../../benchmark.ts';
import type { Bench } from '../bench.ts';
import { measure } from '../measures.ts';
import type { Program } from '../program.ts';
import { seededRandom } from '../random.ts';
import { runKept } from '../run-kept.ts';

// "250 to 2,000 agents" of the AIOS paper, and on to 10,000: agents that all come at once and make one call each. The engine
// is slower than the kernel, as engines are, so the total is linear unless something in the kernel grows with the queue.
const engine: EngineParameters = { ...a100, maxSequences: 64, timeScale: 2 };

/** Total time by number of agents, and how far the largest ones are from the line through the two smallest. */
export async function runScale(bench: Bench, quick: boolean): Promise<Figures> {
  const sizes = quick ? [250, 500, 1000] : [250, 2000, 10_000];
  const totals = new Map<number, number>();
  for (const size of sizes) {
    const programs = Array.from({ length: size }, (_, number) => oneCall(number));
    const run = await runKept(bench, `scale ${size} agents`, 'fifo', engine, async (start) => {
      await Promise.all(programs.map(start));
    }).catch((error: unknown) => {
      // Counts as not measured, so that its goal is missed, and the other scenarios still run.
      bench.progress(`scale ${size} agents: ${String(error)}`);
      return undefined;
    });
    if (run !== undefined) totals.set(size, measure(run, engine).totalS);
  }
  const [first = 0, second = 1, ...larger] = sizes;
  const at = (size: number) => totals.get(size) ?? Number.NaN;
  const slope = (at(second) - at(first)) / (second - first);
  const deviations = larger.map((size) => Math.abs(at(size) / (at(first) + slope * (size - first)) - 1));
  const figures: Record<string, number> = { linearityDeviationPercent: 100 * Math.max(...deviations) };
  for (const [size, total] of totals) figures[`total${size}AgentsS`] = total;
  return figures;
}

function oneCall(number: number): Program {
  const random = seededRandom(number);
  return {
    id: `${number}`,
    agent: 'mint',
    sharedInput: { kind: 'scale', tokens: 1 },
    stages: [[{ input: 50, output: Math.round(25 + 50 * random()) }]],
    pauses: [],
  };
}
