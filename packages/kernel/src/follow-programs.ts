import { programOf } from './claim-of.ts';
import type { Scheduler } from './scheduler/index.ts';
import type { EventBus } from './telemetry/index.ts';

const finalStates: ReadonlySet<string> = new Set(['succeeded', 'failed', 'killed', 'lost']);

/** Tells the scheduler when a process tree has ended, so that it learns how much work it was. */
export function followPrograms(events: EventBus, scheduler: Scheduler): Disposable {
  return events.subscribe(
    (event) => {
      if (event.type !== 'process-changed' || event.parent !== undefined) return;
      if (finalStates.has(event.to)) scheduler.endProgram(programOf(event.pid));
    },
    ['process-changed'],
  );
}
