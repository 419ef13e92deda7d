import type { Benchmark, BenchmarkOptions, Figures, Goal } from '../benchmark.ts';
import { comparePolicies } from './policies.ts';
import { shareAmongTenants } from './tenants.ts';
import { measureThroughput } from './throughput.ts';

/** The scheduler alone: how good its order is, in virtual time, and what it costs, in real time. */
async function run({ quick, data, progress }: BenchmarkOptions): Promise<Figures> {
  if (data === undefined) throw new Error('Name the folder of the data: --data DIR.');
  return {
    ...(await measureThroughput(quick ? 2 : 5)),
    ...(await shareAmongTenants()),
    ...(await comparePolicies(data, quick ? 3 : 10, progress)),
  };
}

const pairs = ['fair', 'fifo', 'round_robin', 'priority', 'deadline'].map(
  (policy): Goal => ({ figure: `${policy}PairsPerSecond`, atLeast: 200_000 }),
);

const benchmark: Benchmark = {
  goals: [
    ...pairs,
    { figure: 'fairCostRatio', atMost: 2 },
    { figure: 'tenantGapOfBound', atMost: 1 },
    { figure: 'returningTenantPercent', atLeast: 45, atMost: 55 },
    { figure: 'heavy095MeanGain', atLeast: 1.3 },
    { figure: 'heavy095ShortHalfGain', atLeast: 2.4 },
    { figure: 'heavy095P99Ratio', atMost: 1.5 },
    { figure: 'heavy110MeanGain', atLeast: 1.4 },
    { figure: 'heavy110P99Ratio', atMost: 1.9 },
    { figure: 'heavy095UnnamedMeanGain', atLeast: 1.3 },
    { figure: 'heavy095UnnamedP99Ratio', atMost: 1.5 },
    { figure: 'heavy110UnnamedMeanGain', atLeast: 1.4 },
    { figure: 'heavy110UnnamedP99Ratio', atMost: 1.9 },
    ...['050', '070', '095', '110'].flatMap((load) => [
      { figure: `similar${load}MeanGain`, atLeast: 0.98 },
      { figure: `similar${load}UnnamedMeanGain`, atLeast: 0.98 },
    ]),
    { figure: 'heavy070MeanGain', atLeast: 0.98 },
    { figure: 'similar070MeanGain', atMost: 1.02 },
  ],
  run,
};
export default benchmark;
