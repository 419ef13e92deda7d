// Schedules: agents that are started at times to come, by cron, at intervals or once.

import { type HandlersOf, handle } from '../../syscall/index.ts';
import type { Schedules } from './schedules.ts';

export { ScheduleStore } from './schedule-store.ts';
export { Schedules } from './schedules.ts';

export function scheduleHandlers(schedules: Schedules): HandlersOf<'schedule'> {
  return {
    'schedule.create': handle(async (input, { caller, commit, authorise }) => {
      await authorise('process.spawn', input.agent);
      return await schedules.create(caller, input, commit);
    }),
    'schedule.list': handle(({ limit }, { caller }) => schedules.list(caller, limit)),
    'schedule.delete': handle(({ schedule }, { caller, commit }) =>
      schedules.delete(caller, schedule, commit),
    ),
  };
}
