import type { Clock } from '../clock/index.ts';
import type { Claim } from './claim.ts';
import { Scheduler } from './scheduler.ts';
import type { QueueSettings, SchedulingSettings } from './settings.ts';

const usual: SchedulingSettings = {
  maxQueued: 1000,
  maxWaitMs: 1_000_000,
  classWeights: { interactive: 16, pipeline: 4, batch: 1 },
  tenantWeights: {},
  starvationFactor: 32,
  priorityAgeingMs: 10_000,
  sliceOutputTokens: undefined,
  sliceMs: undefined,
};

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((left, right) => left.at - right.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = until;
  }

  get timers(): number {
    return this.#timers.length;
  }
}

export function createScheduler(
  slots: number,
  options: Partial<SchedulingSettings> & Partial<Pick<QueueSettings, 'policy' | 'window'>> = {},
): { scheduler: Scheduler; clock: ManualClock } {
  const { policy = 'fifo', window, ...settings } = options;
  const clock = new ManualClock();
  const scheduler = new Scheduler({ settings: () => ({ ...usual, ...settings }), clock });
  scheduler.configure([core(slots, policy, window)]);
  return { scheduler, clock };
}

export function core(
  slots: number,
  policy: QueueSettings['policy'] = 'fifo',
  window?: QueueSettings['window'],
): QueueSettings {
  return { queue: 'core', resource: 'core', slots, policy, ...(window && { window }) };
}

export function claim(overrides: Partial<Claim> = {}): Claim {
  return {
    call: '1',
    tenant: 'local',
    user: 'owner',
    program: 'process 1',
    class: 'pipeline',
    priority: 0,
    cost: { inputTokens: 10, outputTokens: 10 },
    ...overrides,
  };
}
