// Who runs next: a queue and a number of slots per resource. Everything that waits for a slot waits here. A policy decides the
// order; policies/index.ts lists them. Nothing in this room knows what a resource is, only costs and capacities.

export type { Clock } from '../clock/index.ts';
export { type Claim, type Cost, oneUnit } from './claim.ts';
export type { QueueExplanation } from './explain.ts';
export { LearnedWorkStore } from './learned-work-store.ts';
export { type ResourceGauge, Scheduler } from './scheduler.ts';
export type { QueueSettings, SchedulingSettings } from './settings.ts';
export type { Slot } from './slot.ts';
