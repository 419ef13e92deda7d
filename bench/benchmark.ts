/** A goal: a bound on one of the figures of a benchmark. */
export interface Goal {
  readonly figure: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A measured value. The unit stands in the name, such as `bootMs`. */
export type Figures = Readonly<Record<string, number>>;

export interface BenchmarkOptions {
  /** Ends in under 60 s, with less precise figures. */
  readonly quick: boolean;
  /** Folder of data to measure with, where the benchmark needs any. */
  readonly data: string | undefined;
  /** Tells a person what is going on; goes to standard error. */
  readonly progress: (line: string) => void;
}

/** What the index.ts of a benchmark’s folder exports by default. */
export interface Benchmark {
  readonly goals: readonly Goal[];
  /** What can be measured alone, with `--part`; all of it together is the benchmark. */
  readonly parts?: Readonly<Record<string, Measurement>>;
  readonly run: Measurement;
}

export type Measurement = (options: BenchmarkOptions) => Promise<Figures>;

/** Measures one part after the other. */
export function inTurn(parts: Readonly<Record<string, Measurement>>): Measurement {
  return async (options) => {
    let figures: Figures = {};
    for (const measure of Object.values(parts)) figures = { ...figures, ...(await measure(options)) };
    return figures;
  };
}

/** The goals that the figures miss, each as a sentence. A figure that was not measured is missed. */
export function missedGoals(goals: readonly Goal[], figures: Figures): string[] {
  return goals.flatMap(({ figure, atMost, atLeast }) => {
    const value = figures[figure];
    if (value === undefined || Number.isNaN(value)) return [`${figure} was not measured`];
    if (atMost !== undefined && value > atMost)
      return [`${figure} is ${value}, the goal is at most ${atMost}`];
    if (atLeast !== undefined && value < atLeast)
      return [`${figure} is ${value}, the goal is at least ${atLeast}`];
    return [];
  });
}

/** The value below which the given share (0 to 1) of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
