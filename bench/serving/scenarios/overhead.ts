import { a100, type EngineParameters } from '@aios/testing/inference-engine';
import { type Figures, percentile } from '../../benchmark.ts';
import type { Bench } from '../bench.ts';
import type { Program } from '../program.ts';
import { seededRandom } from '../random.ts';
import { runKept } from '../run-kept.ts';
import type { Run, Variant } from '../run-variant.ts';

// 2,000 agents that live at the same time: each makes a call, waits for its tools, and makes the next. The engine has a
// place for each, so nobody queues, and what a call takes beyond the engine’s own time is the way there and back: through the
// kernel, or without it. The difference is what the kernel adds. Time is not scaled.
const agents = 2000;
/** Two hundred calls a second, of few tokens: no more than the engine can do. */
const pauseMs = 10_000;
const call = { input: 10, output: 8 };
const engine: EngineParameters = { ...a100, maxSequences: agents, timeScale: 1 };

/** Milliseconds that the kernel adds to a call. */
export async function runOverhead(bench: Bench, quick: boolean): Promise<Figures> {
  const callsPerAgent = quick ? 1 : 3;
  const ways: Record<string, number[]> = { engine: [], fifo: [] };
  for (const variant of ['engine', 'fifo'] satisfies Variant[]) {
    const programs = Array.from({ length: agents }, (_, number) => spread(number, callsPerAgent));
    const run = await runKept(bench, `overhead ${variant}`, variant, engine, async (start) => {
      await Promise.all(programs.map(start));
    });
    if (run !== undefined) ways[variant]?.push(...beyondEngine(run));
  }
  const { engine: without = [], fifo: through = [] } = ways;
  return {
    withoutKernelP50Ms: percentile(without, 0.5),
    withoutKernelP99Ms: percentile(without, 0.99),
    throughKernelP50Ms: percentile(through, 0.5),
    throughKernelP99Ms: percentile(through, 0.99),
    kernelAddedP50Ms: percentile(through, 0.5) - percentile(without, 0.5),
    kernelAddedP99Ms: percentile(through, 0.99) - percentile(without, 0.99),
  };
}

/** An agent whose calls are spread over time; the first, empty stage lets it begin at some moment of a pause. */
function spread(number: number, callsPerAgent: number): Program {
  const random = seededRandom(number);
  const between = Array.from({ length: callsPerAgent - 1 }, () => pauseMs * (0.5 + random()));
  return {
    id: `${number}`,
    agent: 'mint',
    sharedInput: { kind: 'overhead', tokens: 1 },
    stages: [[], ...Array.from({ length: callsPerAgent }, () => [call])],
    pauses: [5000 + pauseMs * random(), ...between],
  };
}

/** Milliseconds of each call in which the engine did not have it. */
function beyondEngine({ records, report }: Run): number[] {
  const log = new Map(report.log.map((entry) => [entry.label, entry]));
  return records.flatMap(({ calls }) =>
    calls.flatMap(([label, sentAt, doneAt]) => {
      const entry = log.get(label);
      return entry === undefined ? [] : [doneAt - sentAt - (entry.finishedAt - entry.arrivedAt)];
    }),
  );
}
