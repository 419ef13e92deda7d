import type { ProcessState } from '@aios/protocol';
import { Gate } from './gate.ts';
import { type Happening, nextState } from './transitions.ts';

export type LifeObserver = (from: ProcessState, to: ProcessState, cause: string) => void;

/** The state of one process. Whatever happens to it goes through the table of the life cycle and is told with its cause. */
export class Life {
  /** Closed while the process is suspended. */
  readonly gate = new Gate();
  readonly #observe: LifeObserver;
  #state: ProcessState;
  #isStarted = false;
  #isFrozen = false;
  #waits = 0;
  #waitCause = '';

  /** `initial`: waiting, for one whose code was dropped and is to run again. */
  constructor(observe: LifeObserver, initial: 'created' | 'waiting' = 'created') {
    this.#observe = observe;
    this.#state = initial;
  }

  get state(): ProcessState {
    return this.#state;
  }

  get isSuspended(): boolean {
    return this.#state === 'suspended';
  }

  /** Throws `failed_precondition` where this cannot happen now. */
  move(happening: Happening, cause: string): void {
    const from = this.#state;
    this.#state = nextState(from, happening);
    this.#observe(from, this.#state, cause);
  }

  start(cause: string): void {
    this.#isStarted = true;
    if (this.#state === 'ready') this.move('start', cause);
  }

  /** Its code is about to be left: it waits until it runs again. */
  leave(cause: string): void {
    if (this.#state === 'running') this.move('wait', cause);
  }

  /** Its code is dropped while it waits: it stays as it is. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Shows the process as waiting until the result is disposed; waits may overlap. */
  wait(cause: string): Disposable {
    this.#waits += 1;
    this.#waitCause = cause;
    if (this.#state === 'running') this.move('wait', cause);
    return {
      [Symbol.dispose]: () => {
        this.#waits -= 1;
        if (this.#waits === 0 && this.#state === 'waiting' && !this.#isFrozen)
          this.move('wake', `done ${cause}`);
      },
    };
  }

  suspend(cause: string): void {
    this.move('suspend', cause);
    this.gate.close();
  }

  /** Goes on where it was: ready, running or waiting. */
  resume(cause: string): void {
    this.move('resume', cause);
    if (this.#isStarted) this.move('start', 'goes on');
    if (this.#isStarted && this.#waits > 0) this.move('wait', this.#waitCause);
    this.gate.open();
  }
}
