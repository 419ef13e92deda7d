import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exponential, lognormal, seeded } from './random.ts';

/** Input and output tokens of a call. */
export type Call = readonly [inputTokens: number, outputTokens: number];

export interface Program {
  readonly name: string;
  readonly agent: string;
  readonly arrivesAtMs: number;
  /** Calls of a stage are made at the same time; the next stage waits for all of them, and then for its tools. */
  readonly stages: readonly (readonly Call[])[];
  readonly toolMs: readonly number[];
  /** What its calls take of a slot in all. */
  readonly workMs: number;
}

/** Programs and the milliseconds that each took from its arrival to its end. */
export type Latencies = ReadonlyMap<Program, number>;

export type Mix = 'similar' | 'heavy';

export interface Workload {
  readonly mix: Mix;
  /** Work that arrives in a second, in parts of what the slots can do. */
  readonly load: number;
  readonly programs: number;
  readonly seed: number;
  /** Whether the scheduler is told which agent a program is of. */
  readonly agentsKnown: boolean;
}

interface Trace {
  readonly kind: string;
  readonly calls: readonly Call[];
}

export const slots = 16;
/** One program in ten of the heavy-tailed mix is a tree search. */
const heavyShare = 0.1;

/** Milliseconds that a call holds a slot: the service model of papers.md, 5.4. */
export function serviceMs(call: Call): number {
  return prefillMs(call) + msPerToken * call[1];
}

/** Milliseconds until the first output token. */
export function prefillMs([inputTokens]: Call): number {
  return 50 + 0.2 * inputTokens;
}

export const msPerToken = 20;

export function readTraces(data: string): Trace[] {
  return readFileSync(join(data, 'traces', 'agent-programs.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line): Trace => JSON.parse(line));
}

/** Programs that arrive at random (Poisson); the same for the same seed. */
export function drawPrograms(traces: readonly Trace[], workload: Workload): Program[] {
  const random = seeded(workload.seed);
  const drawn = Array.from({ length: workload.programs }, () => {
    const { kind, stages } =
      workload.mix === 'heavy' && random() < heavyShare ? treeSearch(random) : replay(traces, random);
    return {
      agent: kind,
      stages,
      toolMs: stages.map(() => 1000 * lognormal(random, 1)),
      workMs: stages.flat().reduce((sum, call) => sum + serviceMs(call), 0),
    };
  });
  const meanWorkMs = drawn.reduce((sum, { workMs }) => sum + workMs, 0) / drawn.length;
  let now = 0;
  return drawn.map((program, index) => {
    now += exponential(random, meanWorkMs / (slots * workload.load));
    const agent = workload.agentsKnown ? program.agent : 'any';
    return { ...program, agent, name: `program ${index}`, arrivesAtMs: now };
  });
}

function replay(traces: readonly Trace[], random: () => number): { kind: string; stages: Call[][] } {
  const trace = traces[Math.floor(random() * traces.length)];
  if (trace === undefined) throw new Error('There are no traces to replay.');
  return { kind: trace.kind, stages: trace.calls.map((call) => [call]) };
}

/** Language agent tree search as Autellix measured it: some 20 stages of 8 calls, 467 tokens in and 73 out. */
function treeSearch(random: () => number): { kind: string; stages: Call[][] } {
  const stages = 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / 20));
  const tokens = (mean: number) => Math.max(1, Math.round(mean * lognormal(random, 0.5)));
  const call = (): Call => [tokens(467), tokens(73)];
  return {
    kind: 'tree-search',
    stages: Array.from({ length: stages }, () => Array.from({ length: 8 }, call)),
  };
}
