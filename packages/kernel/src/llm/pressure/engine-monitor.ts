import type { Clock } from '../clock.ts';
import { readEngineMetrics } from './engine-metrics.ts';
import { type Demand, KvPressure } from './kv-pressure.ts';

/** Between two looks at an engine that is in use. */
const intervalMs = 1000;
/** After a look that told nothing, doubled each time up to the longest. */
const firstRetryMs = 30_000;
const longestRetryMs = 1_800_000;
const timeOutMs = 2000;
const largestBytes = 4_000_000;

/** The queue in front of an engine, as far as it matters here; see the scheduler’s. */
export interface Gauge {
  readonly memory: { readonly taken: number };
  setSpace(tokens: number): void;
  congested(cause: 'kv', reason: string, atLeast: number): void;
  eased(cause: 'kv', places: number): void;
  takeDemand(): Demand | undefined;
}

interface MonitorOptions {
  /** Of the metrics. */
  readonly url: string;
  readonly clock: Clock;
  readonly gauge: () => Gauge | undefined;
  /** The host’s `fetch` when absent. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Looks at an engine’s metrics once in a while as long as it is in use, never in the path of a call. */
export class EngineMonitor implements Disposable {
  readonly #options: MonitorOptions;
  readonly #pressure = new KvPressure();
  #isInUse = false;
  #failures = 0;
  #cancelTimer: (() => void) | undefined;
  #looking: AbortController | undefined;
  #isOver = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** A call is sent to the engine. */
  used(): void {
    this.#isInUse = true;
    if (this.#cancelTimer === undefined && this.#looking === undefined) this.#lookAfter(intervalMs);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#looking?.abort();
  }

  #lookAfter(delayMs: number): void {
    if (this.#isOver) return;
    this.#cancelTimer = this.#options.clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#isInUse = (this.#options.gauge()?.memory.taken ?? 0) > 0;
    const text = await this.#fetch();
    const metrics = text === undefined ? undefined : readEngineMetrics(text);
    const gauge = this.#options.gauge();
    if (metrics === undefined || gauge === undefined) {
      this.#failures += 1;
      // It may have no metrics, or others; it is asked again, ever more seldom, for it may be restarted with some.
      this.#lookAfter(Math.min(longestRetryMs, firstRetryMs * 2 ** (this.#failures - 1)));
      return;
    }
    this.#failures = 0;
    const demand = gauge.takeDemand();
    if (demand !== undefined) {
      const { space, congested, isEased } = this.#pressure.judge(metrics, demand, gauge.memory.taken);
      if (space !== undefined) gauge.setSpace(space);
      if (congested !== undefined) gauge.congested('kv', congested.reason, congested.atLeast);
      else if (isEased) gauge.eased('kv', 1);
    }
    if (this.#isInUse) this.#lookAfter(intervalMs);
  }

  /** Undefined where it cannot be had; what the engine cannot tell does not matter to its calls. */
  async #fetch(): Promise<string | undefined> {
    const { url, fetch = globalThis.fetch } = this.#options;
    const looking = new AbortController();
    this.#looking = looking;
    try {
      const signal = AbortSignal.any([looking.signal, AbortSignal.timeout(timeOutMs)]);
      const response = await fetch(url, { signal });
      const text = await response.text();
      return response.ok && text.length <= largestBytes ? text : undefined;
    } catch {
      return undefined;
    } finally {
      this.#looking = undefined;
    }
  }
}
