import { a100, type EngineParameters } from '@aios/testing/inference-engine';
import type { Figures } from '../../benchmark.ts';
import type { Bench } from '../bench.ts';
import { type Measures, measure } from '../measures.ts';
import type { Arrival, Program } from '../program.ts';
import { lognormal, seededRandom } from '../random.ts';
import { runKept } from '../run-kept.ts';
import { playArrivals } from '../run-variant.ts';

// More programs than fit into the memory of their engine: on the A100 Llama 3.1 8B has room for 412,000 tokens of keys and
// values. Each program is a coding agent’s conversation that grows, with tools in between (SWE-bench as Continuum measured it, arXiv
// 2511.02230: 11 turns, tools of 0.9 s, 70,000 tokens; here shorter). What its next call needs has been pushed out by the others
// when it comes back, unless fewer of them take turns; CONCUR (2601.22705) and ThunderAgent call that thrashing.
const engine: EngineParameters = { ...a100, maxSequences: 16, timeScale: 8 };
const programs = 40;
const stages = 6;
const firstInput = 12_000;
const laterInput = 1000;
const output = 100;
/** Of a tool, in the median; its logarithm has a deviation of 1, as that of the mixes. */
const pauseMs = 925;

/** What the window on programs gains where memory is short. */
export async function runMemory(bench: Bench): Promise<Figures> {
  const kept = new Map<'without' | 'with', Measures>();
  const arrivals = makeArrivals(1);
  for (const way of ['without', 'with'] as const) {
    const play = playArrivals(arrivals, engine.timeScale);
    const settings = { window: way === 'with' };
    const run = await runKept(bench, `memory ${way} window`, 'fair', engine, play, settings);
    if (run !== undefined) kept.set(way, measure(run, engine));
  }
  const of = (way: 'without' | 'with', pick: (measures: Measures) => number) => {
    const measures = kept.get(way);
    return measures === undefined ? Number.NaN : pick(measures);
  };
  const gain = (pick: (measures: Measures) => number) => of('without', pick) / of('with', pick);
  return {
    memoryWindowTotalGain: gain(({ totalS }) => totalS),
    memoryWindowMeanGain: gain(({ latencyMeanS }) => latencyMeanS),
    memoryWindowP99Gain: gain(({ latencyP99S }) => latencyP99S),
    memoryCachedPercentWithout: 100 * of('without', ({ cachedShare }) => cachedShare),
    memoryCachedPercentWith: 100 * of('with', ({ cachedShare }) => cachedShare),
    memoryPreemptionsWithout: of('without', ({ preemptions }) => preemptions),
    memoryPreemptionsWith: of('with', ({ preemptions }) => preemptions),
  };
}

/** Two programs a second. */
function makeArrivals(seed: number): Arrival[] {
  const random = seededRandom(seed);
  return Array.from({ length: programs }, (_, number) => ({
    at: number * 500,
    program: conversation(`${number}`, random),
  }));
}

function conversation(id: string, random: () => number): Program {
  return {
    id,
    agent: 'mint',
    sharedInput: { kind: `task-${id}`, tokens: 1 },
    stages: Array.from({ length: stages }, (_, stage) => [
      { input: stage === 0 ? firstInput : laterInput, output },
    ]),
    pauses: Array.from({ length: stages - 1 }, () => Math.round(pauseMs * lognormal(random, 1))),
  };
}
