// What becomes of a process whose runtime broke under it. Guarantees: a durable process goes on elsewhere, under a new fence,
// answered from its journal; calls that were under way are answered before, so that they are not made twice; a process that
// breaks its runtime again and again is failed with the reason.

import { AiosError } from '@aios/protocol';
import type { Clock } from '../clock/index.ts';
import type { Dormancy } from './dormancy.ts';
import { type Exit, ended, lost } from './lifecycle/index.ts';
import type { Process } from './process.ts';
import type { ProcessStore } from './process-store.ts';
import type { BrokenRuntime } from './runtime/broken-runtime.ts';
import type { WaitSets } from './wait/index.ts';

export interface RelocationOptions {
  readonly store: ProcessStore;
  readonly waits: WaitSets;
  readonly clock: Clock;
  readonly dormancy: () => Dormancy;
  /** How often a process may break its runtime until it is failed. */
  readonly maxBreaks: () => number;
}

/** How long the answers of calls that are under way are waited for; they are made anew after it. */
const answersWithinMs = 60_000;

export class Relocation {
  readonly #options: RelocationOptions;

  constructor(options: RelocationOptions) {
    this.#options = options;
  }

  /** The end of the process; nothing where it goes on, or was told to stop meanwhile. */
  async begin(process: Process, broken: BrokenRuntime): Promise<Exit | undefined> {
    const { store, dormancy } = this.#options;
    const { pid, startedAt } = process;
    const { durable, fence } = process.options;
    if (process.stopped !== undefined) return undefined;
    const breaks = broken.isCharged ? await store.countBreak(pid, fence) : 0;
    if (!durable) return broken.isLost ? lost(broken.message.replace(/\.$/, '')) : ended('failed', broken);
    if (breaks !== undefined && breaks >= this.#options.maxBreaks())
      return ended('failed', poison(breaks, broken));
    await this.#untilAnswered(process);
    if (process.stopped !== undefined) return undefined;
    if (startedAt !== undefined) await store.markStarted(pid, fence, startedAt);
    await dormancy().revive(process, `goes on elsewhere: ${broken.message}`);
    return undefined;
  }

  /** Until none of its calls is under way but those that only wait, or it is told to stop. */
  async #untilAnswered(process: Process): Promise<void> {
    const { clock, waits } = this.#options;
    const enough = Promise.withResolvers<void>();
    let isEnough = false;
    const stop = () => {
      isEnough = true;
      enough.resolve();
    };
    const cancel = clock.after(answersWithinMs, stop);
    process.signal.addEventListener('abort', stop, { once: true });
    try {
      while (!isEnough && process.openCalls > waits.openOf(process.pid).length) {
        await Promise.race([process.callEnded, enough.promise]);
      }
    } finally {
      cancel();
      process.signal.removeEventListener('abort', stop);
    }
  }
}

function poison(breaks: number, broken: BrokenRuntime): AiosError {
  return new AiosError(
    'internal',
    `${broken.message} It is not run again, for it has done the like ${breaks} times (agent_factory.max_breaks).`,
    { cause: broken, details: { breaks } },
  );
}
