import type { Benchmark, BenchmarkOptions, Figures } from '../benchmark.ts';
import type { Bench } from './bench.ts';
import { goals } from './goals.ts';
import type { Measures } from './measures.ts';
import type { Variant } from './run-variant.ts';
import { replayAiosTable } from './scenarios/aios-table.ts';
import { measureIdleMemory } from './scenarios/idle-memory.ts';
import { runMemory } from './scenarios/memory.ts';
import { averaged, type Mix, runMix } from './scenarios/mixes.ts';
import { runOverhead } from './scenarios/overhead.ts';
import { runScale } from './scenarios/scale.ts';
import { runTenants } from './scenarios/tenants.ts';
import { showTable } from './table.ts';

const all: readonly Variant[] = ['direct', 'engine', 'fifo', 'round_robin', 'fair'];
const pair: readonly Variant[] = ['fifo', 'fair'];
const poisson = { burst: 1, seeds: [1], variants: pair };

// As many programs as papers.md 5.4 has where the load is high, for queues build up slowly; its three seeds are replayed by
// bench/scheduler in virtual time. Where no order matters, several seeds show it.
const mixes: readonly Mix[] = [
  { ...poisson, name: 'heavy95', programs: 'heavy', load: 0.95, count: 1500, variants: all },
  { ...poisson, name: 'heavy110', programs: 'heavy', load: 1.1, count: 1500 },
  { ...poisson, name: 'heavy95bursty', programs: 'heavy', load: 0.95, count: 400, burst: 8 },
  { ...poisson, name: 'heavy70', programs: 'heavy', load: 0.7, count: 150, seeds: [1, 2] },
  { ...poisson, name: 'similar95', programs: 'similar', load: 0.95, count: 400 },
  { ...poisson, name: 'similar110', programs: 'similar', load: 1.1, count: 300 },
  { ...poisson, name: 'similar70', programs: 'similar', load: 0.7, count: 150, seeds: [1, 2, 3] },
];

const quickMixes: readonly Mix[] = [
  { ...poisson, name: 'heavy110', programs: 'heavy', load: 1.1, count: 80, seeds: [2] },
];

/** Agent programs on a simulated engine: without a kernel, and through one with each policy. */
async function run({ quick, data, progress }: BenchmarkOptions): Promise<Figures> {
  const bench: Bench = { progress, lagged: 0 };
  const figures: Record<string, number> = {};
  // First, while nothing else has grown the memory of this process.
  Object.assign(figures, await measureIdleMemory(bench, quick));

  const table = await replayAiosTable(bench, quick ? ['direct', 'fifo'] : all, quick);
  showTable('AIOS table: 250 agents, one slot', table, progress);
  Object.assign(figures, aiosFigures(table));

  for (const mix of quick ? quickMixes : mixes) {
    const results = await runMix(bench, mix, data);
    const means = new Map([...results].map(([variant, samples]) => [variant, averaged(samples)]));
    showTable(`${mix.name}: load ${mix.load}, ${mix.count} programs`, means, progress);
    Object.assign(figures, comparison(mix.name, means.get('fifo'), means.get('fair')));
  }
  if (!quick) Object.assign(figures, await runMemory(bench));
  Object.assign(figures, await runScale(bench, quick));
  Object.assign(figures, await runTenants(bench, quick));
  Object.assign(figures, await runOverhead(bench, quick));
  figures.laggedRuns = bench.lagged;
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round3(value)]));
}

/** The kernel as it is by default, where it has `fair`, against clients that retry. */
function aiosFigures(table: ReadonlyMap<Variant, Measures>): Record<string, number> {
  const direct = table.get('direct');
  const kernel = table.get('fair') ?? table.get('fifo');
  if (direct === undefined || kernel === undefined) return {};
  return {
    aiosDirectTotalS: direct.totalS,
    aiosKernelTotalS: kernel.totalS,
    aiosTotalGain: direct.totalS / kernel.totalS,
    aiosWaitMeanShare: kernel.waitMeanS / direct.waitMeanS,
    aiosWaitP90Share: kernel.waitP90S / direct.waitP90S,
  };
}

function comparison(
  name: string,
  fifo: Measures | undefined,
  fair: Measures | undefined,
): Record<string, number> {
  if (fifo === undefined || fair === undefined) return {};
  const meanGain = fifo.latencyMeanS / fair.latencyMeanS;
  return {
    [`${name}MeanGain`]: meanGain,
    [`${name}MeanChangePercent`]: 100 * Math.abs(meanGain - 1),
    [`${name}ShortHalfGain`]: fifo.shortHalfS / fair.shortHalfS,
    [`${name}P99Share`]: fair.latencyP99S / fifo.latencyP99S,
    [`${name}FifoJain`]: fifo.jainIndex,
    [`${name}FairJain`]: fair.jainIndex,
  };
}

const round3 = (value: number) => Math.round(value * 1000) / 1000;

const benchmark: Benchmark = { goals, run };
export default benchmark;
