import type { AiosError, ModelHealth } from '@aios/protocol';
import type { Clock } from '../clock.ts';
import type { CoreLimits } from '../limits/index.ts';
import type { Breaker } from './breaker.ts';

/** How long a core that needs an operator is put behind others before it is tried again. */
const operatorMs = 60_000;

interface CoreHealthOptions {
  readonly breaker: Breaker;
  readonly limits: CoreLimits;
  readonly clock: Clock;
  /** What keeps the core from answering at all, such as a missing key. */
  readonly lack: string | undefined;
  readonly onChange: (from: ModelHealth['state'], health: ModelHealth) => void;
}

/** Whether a core can be expected to answer. A change is reported when a call or a reader notices it. */
export class CoreHealth {
  readonly #options: CoreHealthOptions;
  #problem: { readonly reason: string; readonly until: number } | undefined;
  #lastFailure: string | undefined;
  #wasAsked = false;
  #state: ModelHealth['state'] = 'unknown';

  constructor(options: CoreHealthOptions) {
    this.#options = options;
    this.#state = this.#read().state;
  }

  /** Nothing but its limits can keep a call from being sent to it now. */
  get isUsable(): boolean {
    const { breaker, clock, lack } = this.#options;
    const isTroubled = this.#problem !== undefined && clock.now() < this.#problem.until;
    return breaker.isPassable && lack === undefined && !isTroubled;
  }

  succeeded(): void {
    this.#wasAsked = true;
    this.#problem = undefined;
    this.#lastFailure = undefined;
    this.read();
  }

  failed(error: AiosError, needsOperator: boolean): void {
    this.#wasAsked = true;
    this.#lastFailure = error.message;
    if (needsOperator) {
      this.#problem = { reason: error.message, until: this.#options.clock.now() + operatorMs };
    }
    this.read();
  }

  read(): ModelHealth {
    const health = this.#read();
    const from = this.#state;
    if (from !== health.state) {
      this.#state = health.state;
      this.#options.onChange(from, health);
    }
    return health;
  }

  #read(): ModelHealth {
    const { breaker, limits, lack } = this.#options;
    if (lack !== undefined) return { state: 'failing', reason: lack };
    if (breaker.state !== 'closed') {
      const reason = this.#lastFailure ?? 'It failed too often.';
      return { state: 'failing', reason, ...retryAt(breaker.retryAt) };
    }
    if (this.#problem !== undefined) {
      return { state: 'failing', reason: this.#problem.reason, ...retryAt(this.#problem.until) };
    }
    const { limitedUntil } = limits;
    if (limitedUntil !== undefined) {
      return { state: 'limited', reason: 'Its limits are reached.', ...retryAt(limitedUntil) };
    }
    return { state: this.#wasAsked ? 'ok' : 'unknown' };
  }
}

function retryAt(time: number | undefined): Pick<ModelHealth, 'retryAtMs'> {
  return time === undefined ? {} : { retryAtMs: Math.ceil(time) };
}
