import type { ProcessSignal, SignalListener } from '@aios/protocol';

/** Tells an agent of signals: those that came before it listened, too, in order. */
export class SignalFeed {
  readonly #listeners: SignalListener[] = [];
  #unheard: ProcessSignal[] = [];

  get hasListeners(): boolean {
    return this.#listeners.length > 0;
  }

  deliver(signal: ProcessSignal): void {
    if (this.#listeners.length === 0) this.#unheard.push(signal);
    else for (const listener of this.#listeners) listener(signal);
  }

  /** The oldest one of a kind that nobody has heard of. */
  next(kind: ProcessSignal['signal']): ProcessSignal | undefined {
    return this.#unheard.find(({ signal }) => signal === kind);
  }

  take(signal: ProcessSignal): boolean {
    const index = this.#unheard.indexOf(signal);
    if (index >= 0) this.#unheard.splice(index, 1);
    return index >= 0;
  }

  readonly listen = (listener: SignalListener): void => {
    this.#listeners.push(listener);
    const earlier = this.#unheard;
    this.#unheard = [];
    for (const signal of earlier) listener(signal);
  };
}
