import { type Figures, percentile } from '../benchmark.ts';
import { replayWithOracle } from './oracle.ts';
import { replay } from './replay.ts';
import { drawPrograms, type Latencies, type Mix, readTraces } from './workload.ts';

interface Scenario {
  readonly mix: Mix;
  readonly load: number;
  readonly agentsKnown: boolean;
}

const scenarios: readonly Scenario[] = (['heavy', 'similar'] as const).flatMap((mix) =>
  [0.5, 0.7, 0.95, 1.1].flatMap((load) => [true, false].map((agentsKnown) => ({ mix, load, agentsKnown }))),
);

interface Summary {
  readonly mean: number;
  readonly p99: number;
  /** Mean over the half of the programs that have the least work. */
  readonly shortHalf: number;
}

/** `fair` and the oracle against `fifo`, on the same programs; each figure is the mean over the seeds. */
export async function comparePolicies(
  data: string,
  seeds: number,
  progress: (line: string) => void,
): Promise<Figures> {
  const traces = readTraces(data);
  const figures: Record<string, number> = {};
  for (const scenario of scenarios) {
    const runs: Record<'fifo' | 'fair' | 'oracle', Summary[]> = { fifo: [], fair: [], oracle: [] };
    for (let seed = 1; seed <= seeds; seed += 1) {
      const programs = drawPrograms(traces, { ...scenario, programs: 1500, seed });
      runs.fifo.push(summarise(await replay(programs, 'fifo')));
      runs.fair.push(summarise(await replay(programs, 'fair')));
      if (scenario.agentsKnown) runs.oracle.push(summarise(await replayWithOracle(programs)));
    }
    const [fifo, fair, oracle] = [mean(runs.fifo), mean(runs.fair), mean(runs.oracle)];
    const name = nameOf(scenario);
    figures[`${name}MeanGain`] = round(fifo.mean / fair.mean);
    figures[`${name}ShortHalfGain`] = round(fifo.shortHalf / fair.shortHalf);
    figures[`${name}P99Ratio`] = round(fair.p99 / fifo.p99);
    if (scenario.agentsKnown) figures[`${name}OracleGain`] = round(fifo.mean / oracle.mean);
    progress(
      `${name}: fifo mean ${seconds(fifo.mean)}, p99 ${seconds(fifo.p99)}; fair mean ${seconds(fair.mean)}, p99 ${seconds(fair.p99)}`,
    );
  }
  return figures;
}

/** Such as heavy095 or similar110Unnamed. */
function nameOf({ mix, load, agentsKnown }: Scenario): string {
  return `${mix}${`${Math.round(load * 100)}`.padStart(3, '0')}${agentsKnown ? '' : 'Unnamed'}`;
}

function summarise(latencies: Latencies): Summary {
  const all = [...latencies.values()];
  const bySize = [...latencies].sort(([left], [right]) => left.workMs - right.workMs);
  const short = bySize.slice(0, Math.floor(bySize.length / 2)).map(([, latency]) => latency);
  return { mean: average(all), p99: percentile(all, 0.99), shortHalf: average(short) };
}

function mean(runs: readonly Summary[]): Summary {
  return {
    mean: average(runs.map((run) => run.mean)),
    p99: average(runs.map((run) => run.p99)),
    shortHalf: average(runs.map((run) => run.shortHalf)),
  };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const round = (value: number) => Math.round(value * 100) / 100;
const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
