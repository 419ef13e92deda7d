/** One measurement that the load generator is to make. */
export interface LoadOrder {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly durationMs: number;
  /** Of the mock: mock, mock-slow, mock-paced, mock-brief or mock-tools. */
  readonly model: string;
  readonly promptTokens: number;
  readonly stream: boolean;
  /** 200 when absent. */
  readonly expectStatus?: number;
}

/** What it saw. Times in milliseconds. */
export interface LoadReport {
  readonly seconds: number;
  readonly latencies: number[];
  /** From the request to the first byte of a streamed answer. */
  readonly firstTokens: number[];
  /** Of each delta, from the mock to here. */
  readonly deltaMs: number[];
  readonly failed: number;
}
