import type { Benchmark, BenchmarkOptions, Figures } from '../../benchmark.ts';
import { interruptOften, methods } from './interruption.ts';
import { takeTurns } from './turns.ts';

/** Generations that are stopped and gone on with. */
async function run({ quick, progress }: BenchmarkOptions): Promise<Figures> {
  return { ...(await interruptOften(progress)), ...(await takeTurns(quick ? 16 : 8, progress)) };
}

export const snapshotBenchmark: Benchmark = {
  goals: [
    ...methods.map(({ name }) => ({ figure: `${name}IdenticalPercent`, atLeast: 100 })),
    { figure: 'turnsIdenticalPercent', atLeast: 100 },
    { figure: 'turnsWastedPercent', atMost: 2 },
    { figure: 'turnsFirstTokenP90Gain', atLeast: 3 },
  ],
  run,
};
