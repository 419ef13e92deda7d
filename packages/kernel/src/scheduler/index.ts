// Who runs next: a queue and a number of slots per resource. Everything that waits for a slot waits here.

export { Scheduler } from './scheduler.ts';
