// Contexts: one part for each folder.

import type { Benchmark, BenchmarkOptions, Figures } from '../benchmark.ts';
import { checkpointBenchmark } from './checkpoint/index.ts';
import { snapshotBenchmark } from './snapshot/index.ts';
import { windowBenchmark } from './window/index.ts';

const parts: readonly Benchmark[] = [snapshotBenchmark, windowBenchmark, checkpointBenchmark];

async function run(options: BenchmarkOptions): Promise<Figures> {
  const figures = [];
  for (const part of parts) figures.push(await part.run(options));
  return Object.assign({}, ...figures);
}

export default { goals: parts.flatMap(({ goals }) => goals), run } satisfies Benchmark;
