import type { CallClass } from '@aios/protocol';
import { MovingAverage } from '../average.ts';

/** Who comes back sooner after an answer is no person: reading it and writing the next question takes longer. */
const quickestPersonMs = 1500;
/** Pauses after which it is known what a caller is. */
const enough = 8;
/** Callers that are remembered; the one that was heard of longest ago is forgotten first. */
const maxCallers = 10_000;

interface Kind {
  /** Part of its pauses that were shorter than a person’s. */
  readonly quick: MovingAverage;
  pauses: number;
}

/** Learns of callers outside, whose class nobody declared, whether a person waits for their answers or a program does. */
export class CallerKinds {
  readonly #kinds = new Map<string, Kind>();

  /** So much time passed between an answer and the next question of the same conversation. */
  paused(caller: string, pauseMs: number): void {
    const kind = this.#kinds.get(caller) ?? { quick: new MovingAverage(0.05), pauses: 0 };
    kind.quick.add(pauseMs < quickestPersonMs ? 1 : 0);
    kind.pauses += 1;
    this.#kinds.delete(caller);
    this.#kinds.set(caller, kind);
    if (this.#kinds.size <= maxCallers) return;
    const [oldest] = this.#kinds.keys();
    if (oldest !== undefined) this.#kinds.delete(oldest);
  }

  /** Its calls are interactive until most of its pauses show that a program makes them. */
  classOf(caller: string): CallClass {
    const kind = this.#kinds.get(caller);
    if (kind === undefined || kind.pauses < enough) return 'interactive';
    return (kind.quick.value ?? 0) > 0.5 ? 'pipeline' : 'interactive';
  }
}
