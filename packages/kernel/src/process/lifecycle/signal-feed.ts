import type { ProcessSignal, SignalListener } from '@aios/protocol';

/** Tells an agent of signals: those that came before it listened, too, in order. */
export class SignalFeed {
  readonly #listeners: SignalListener[] = [];
  #unheard: ProcessSignal[] = [];

  deliver(signal: ProcessSignal): void {
    if (this.#listeners.length === 0) this.#unheard.push(signal);
    else for (const listener of this.#listeners) listener(signal);
  }

  readonly listen = (listener: SignalListener): void => {
    this.#listeners.push(listener);
    const earlier = this.#unheard;
    this.#unheard = [];
    for (const signal of earlier) listener(signal);
  };
}
