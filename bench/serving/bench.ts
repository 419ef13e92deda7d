/** What scenarios share of one run of the benchmark. */
export interface Bench {
  readonly progress: (line: string) => void;
  /** Runs that the machine could not keep up with, though they were repeated; their figures do not count. */
  lagged: number;
}
