import type { EngineParameters } from '@aios/testing/inference-engine';
import { percentile } from '../benchmark.ts';
import type { Run } from './run-variant.ts';
import { aloneSeconds } from './work.ts';

/** What a run shows. Seconds are those of the engine. */
export interface Measures {
  /** From the first arrival until the last program ended. */
  readonly totalS: number;
  /** From sending a call until the engine began with it. */
  readonly waitMeanS: number;
  readonly waitP90S: number;
  readonly latencyMeanS: number;
  readonly latencyP50S: number;
  readonly latencyP95S: number;
  readonly latencyP99S: number;
  /** Mean latency of that half of the programs that has less to do. */
  readonly shortHalfS: number;
  /** Of the slowdowns, latency over the time alone; 1 is the same for all. */
  readonly jainIndex: number;
  readonly programsPerS: number;
  readonly outputTokensPerS: number;
  readonly cachedShare: number;
  readonly preemptions: number;
  /** Milliseconds of the engine by which its answers were late; the machine’s doing. */
  readonly lateP99Ms: number;
  /** Steps done over steps asked for, per second. */
  readonly rateKept: number;
  readonly cpuShare: number;
}

export function measure(
  { records, report, timeScale, startedAt, cpuShare }: Run,
  engine: EngineParameters,
): Measures {
  const log = new Map(report.log.map((entry) => [entry.label, entry]));
  const seconds = (milliseconds: number) => (milliseconds * timeScale) / 1000;
  const waits = records.flatMap(({ calls }) =>
    calls.map(([label, sentAt]) => {
      const entry = log.get(label);
      if (entry === undefined) throw new Error(`The engine knows nothing of call ${label}.`);
      return seconds(entry.startedAt - sentAt);
    }),
  );
  const latencies = records.map(({ arrivedAt, endedAt }) => seconds(endedAt - arrivedAt));
  const alone = records.map(({ program }) => aloneSeconds(program, engine));
  const median = percentile(alone, 0.5);
  const short = latencies.filter((_, index) => (alone[index] ?? 0) <= median);
  const totalS = seconds(Math.max(...records.map(({ endedAt }) => endedAt)) - startedAt);
  const sum = (pick: (entry: (typeof report.log)[number]) => number) =>
    report.log.reduce((total, entry) => total + pick(entry), 0);
  const { fidelity } = report;
  return {
    totalS,
    waitMeanS: mean(waits),
    waitP90S: percentile(waits, 0.9),
    latencyMeanS: mean(latencies),
    latencyP50S: percentile(latencies, 0.5),
    latencyP95S: percentile(latencies, 0.95),
    latencyP99S: percentile(latencies, 0.99),
    shortHalfS: mean(short),
    jainIndex: jain(latencies.map((latency, index) => latency / (alone[index] ?? 1))),
    programsPerS: records.length / totalS,
    outputTokensPerS: sum((entry) => entry.generatedTokens) / totalS,
    cachedShare: sum((entry) => entry.cachedTokens) / sum((entry) => entry.promptTokens),
    preemptions: sum((entry) => entry.preemptions),
    lateP99Ms: fidelity.lateP99Ms * timeScale,
    rateKept: fidelity.achievedStepsPerSecond / fidelity.wantedStepsPerSecond,
    cpuShare,
  };
}

export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}

/** Jain’s fairness index (Jain, Chiu, Hawe 1984). */
function jain(samples: readonly number[]): number {
  const sum = samples.reduce((total, sample) => total + sample, 0);
  const squares = samples.reduce((total, sample) => total + sample * sample, 0);
  return (sum * sum) / (samples.length * squares);
}
