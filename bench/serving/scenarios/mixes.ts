import { a100, type EngineParameters } from '@aios/testing/inference-engine';
import type { Bench } from '../bench.ts';
import { type Measures, mean, measure } from '../measures.ts';
import type { Arrival } from '../program.ts';
import { runKept } from '../run-kept.ts';
import { playArrivals, type Variant } from '../run-variant.ts';
import { workSeconds } from '../work.ts';
import { makeWorkload, mixed, type ProgramSource, readTraces, recorded } from '../workload.ts';

/** Sixteen places, as in the replay from which the goals come (papers.md 5.4). */
const engine: EngineParameters = { ...a100, maxSequences: 16, timeScale: 20 };

/** Part of the programs of the heavy-tailed mix that are tree searches; they are two thirds of its work. */
const treeSearchShare = 0.1;

export interface Mix {
  readonly name: string;
  readonly programs: 'heavy' | 'similar';
  /** Work that comes, over what the engine can do. */
  readonly load: number;
  /** Programs that come together, in the mean; 1 is Poisson. */
  readonly burst: number;
  readonly count: number;
  readonly seeds: readonly number[];
  readonly variants: readonly Variant[];
}

/** Runs a mix: all variants on the same programs and arrivals, one after the other, for each seed. */
export async function runMix(
  bench: Bench,
  mix: Mix,
  data: string | undefined,
): Promise<Map<Variant, readonly Measures[]>> {
  const traces = readTraces(data);
  const source = mix.programs === 'heavy' ? mixed(traces, treeSearchShare) : recorded(traces);
  const results = new Map<Variant, Measures[]>();
  for (const seed of mix.seeds) {
    const arrivals = atLoad(mix, source, seed);
    for (const variant of mix.variants) {
      const name = `${mix.name} seed ${seed} ${variant}`;
      const run = await runKept(bench, name, variant, engine, playArrivals(arrivals, engine.timeScale));
      if (run === undefined) continue;
      results.set(variant, [...(results.get(variant) ?? []), measure(run, engine)]);
    }
  }
  return results;
}

/** The figures of several seeds as one: their means. */
export function averaged(samples: readonly Measures[]): Measures {
  const [first] = samples;
  if (first === undefined) throw new Error('Nothing was measured.');
  const names = Object.keys(first) as (keyof Measures)[];
  const means = names.map((name) => [name, mean(samples.map((sample) => sample[name]))]);
  // Of the very names that a Measures has.
  return Object.fromEntries(means) as Measures;
}

/** The work of the very programs that come, over the time in which they come, is the load. */
function atLoad({ load, count: programs, burst }: Mix, source: ProgramSource, seed: number): Arrival[] {
  const arrivals = makeWorkload({ source, programs, rate: 1, burst, seed });
  const work = arrivals.reduce((sum, { program }) => sum + workSeconds(program, engine), 0);
  const span = (arrivals.at(-1)?.at ?? 0) / 1000;
  const stretch = work / load / span;
  return arrivals.map(({ at, program }) => ({ at: at * stretch, program }));
}
