// What an engine that says how it is tells of its memory: measured while it is in use, and told to the queue in front of it.

export { EngineMonitor, type Gauge } from './engine-monitor.ts';
