// What happened: events for subscribers, logs for operators, metrics for monitoring. Everything may import this room.

export { EventBus, matchesFilter } from './event-bus.ts';
export { createLogger, type Logger } from './logger.ts';
export { createMetrics } from './metrics.ts';
