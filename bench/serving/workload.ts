import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Arrival, Program } from './program.ts';
import { exponential, lognormal, seededRandom } from './random.ts';

const line = z.object({
  program: z.string(),
  kind: z.string(),
  calls: z.array(z.tuple([z.number().nonnegative(), z.number().positive()])).min(1),
});
export type Trace = z.infer<typeof line>;

const usualFolder = '/work/shared/data';

/** The recorded programs: traces/agent-programs.jsonl of the folder of data. */
export function readTraces(folder = usualFolder): Trace[] {
  const text = readFileSync(join(folder, 'traces', 'agent-programs.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((each) => line.parse(JSON.parse(each)));
}

/** Makes the programs of a run by number. */
export type ProgramSource = (number: number, random: () => number) => Program;

/** Tools take a second in the median (papers.md 5.4). */
const pauseMs = 1000;
const pauseSigma = 0.5;

/** Recorded programs, drawn with replacement. */
export function recorded(traces: readonly Trace[]): ProgramSource {
  const shared = sharedInputs(traces);
  return (number, random) => {
    const trace = traces[Math.floor(random() * traces.length)];
    if (trace === undefined) throw new Error('There are no traces.');
    const common = shared.get(trace.kind) ?? 0;
    const stages = trace.calls.map(([input, output], index) => [
      { input: Math.max(1, Math.round(index === 0 ? input - common : input)), output: Math.round(output) },
    ]);
    return {
      id: `${number}`,
      agent: trace.kind.startsWith('mint') ? 'mint' : 'airline',
      sharedInput: { kind: trace.kind, tokens: common },
      stages,
      pauses: pausesBetween(stages.length, random),
    };
  };
}

/**
 * What programs of a kind have in common is not recorded. They begin with the same instructions, tools and examples, and the
 * shortest first prompt is little more than that.
 */
function sharedInputs(traces: readonly Trace[]): Map<string, number> {
  const shared = new Map<string, number>();
  for (const { kind, calls } of traces) {
    const first = calls[0]?.[0] ?? 0;
    shared.set(kind, Math.min(shared.get(kind) ?? first, first));
  }
  for (const [kind, tokens] of shared) shared.set(kind, Math.floor(tokens * 0.9));
  return shared;
}

/**
 * Tree search as in LATS: a geometric number of stages, 20 in the mean, of 8 parallel calls (papers.md 5.4) with 467 tokens
 * of prompt and 73 of answer in the mean (Autellix, arXiv 2502.13965, table of workloads); 267 of the prompt are the task.
 */
const treeSearch: ProgramSource = (number, random) => {
  const count = Math.min(100, Math.ceil(Math.log(1 - random()) / Math.log(1 - 1 / 20)));
  const stages = Array.from({ length: Math.max(1, count) }, () =>
    Array.from({ length: 8 }, () => ({
      input: Math.round(100 + 200 * random()),
      output: Math.round(36 + 74 * random()),
    })),
  );
  return {
    id: `${number}`,
    agent: 'tree-search',
    sharedInput: { kind: `task-${number}`, tokens: 267 },
    stages,
    pauses: pausesBetween(stages.length, random),
  };
};

function pausesBetween(stages: number, random: () => number): number[] {
  return Array.from({ length: stages - 1 }, () => Math.round(pauseMs * lognormal(random, pauseSigma)));
}

/** Recorded programs, and tree searches in this share of all. */
export function mixed(traces: readonly Trace[], share: number): ProgramSource {
  const fromTraces = recorded(traces);
  return (number, random) => (random() < share ? treeSearch(number, random) : fromTraces(number, random));
}

export interface WorkloadOptions {
  readonly source: ProgramSource;
  readonly programs: number;
  /** Programs per second of the engine. */
  readonly rate: number;
  /** Programs that come at the same time, in the mean; 1 is a Poisson process. */
  readonly burst: number;
  readonly seed: number;
}

/** Programs and their arrivals: Poisson, or in bursts of geometric size at Poisson times. */
export function makeWorkload({ source, programs, rate, burst, seed }: WorkloadOptions): Arrival[] {
  const random = seededRandom(seed);
  const arrivals: Arrival[] = [];
  let at = 0;
  for (let number = 0; number < programs; number += 1) {
    if (number > 0 && random() < 1 / burst) at += (exponential(random) * burst * 1000) / rate;
    arrivals.push({ at, program: source(number, random) });
  }
  return arrivals;
}
