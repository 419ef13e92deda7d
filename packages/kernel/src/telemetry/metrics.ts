import type { Registry } from 'prom-client';
import type { EventBody, EventBus } from './event-bus.ts';

interface QueueGauge {
  readonly name: string;
  readonly running: number;
  readonly queued: number;
}

interface QueueStart {
  readonly queue: string;
  readonly class: string;
  readonly waitedMs: number;
}

export interface MetricsOptions {
  readonly events: EventBus;
  /** Read when metrics are asked for. */
  readonly queues: () => readonly QueueGauge[];
  /** Tells of each call that gets a slot. */
  readonly onQueueStart: (listener: (start: QueueStart) => void) => Disposable;
  readonly processes: () => Readonly<Record<string, number>>;
}

export interface Metrics extends Disposable {
  /** All metrics in the Prometheus text format. */
  render(): Promise<{ contentType: string; body: string }>;
}

const secondsBuckets = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

/** Counts what the events tell. The names follow Prometheus: `aios_` first, base units, `_total` for counters. */
export async function createMetrics(options: MetricsOptions): Promise<Metrics> {
  const { Registry } = await import('prom-client');
  const registry = new Registry();
  const { countEvent, countStart } = await createCounters(registry, options);
  using cleanup = new DisposableStack();
  cleanup.use(options.events.tally(countEvent, ['syscall-settled', 'process-changed', 'context-swept']));
  cleanup.use(options.onQueueStart(countStart));
  const subscriptions = cleanup.move();
  return {
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    [Symbol.dispose]: () => subscriptions.dispose(),
  };
}

async function createCounters(registry: Registry, { queues, processes }: MetricsOptions) {
  const { collectDefaultMetrics, Counter, Gauge, Histogram } = await import('prom-client');
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'aios_syscall_duration_seconds',
    help: 'Time of system calls, from their arrival to their answer',
    labelNames: ['name', 'status'] as const,
    buckets: secondsBuckets,
    registers,
  });
  const wait = new Histogram({
    name: 'aios_syscall_wait_seconds',
    help: 'Time that system calls waited for a slot',
    labelNames: ['name'] as const,
    buckets: secondsBuckets,
    registers,
  });
  const queueWait = new Histogram({
    name: 'aios_queue_wait_seconds',
    help: 'Time that calls waited for a slot of each queue, by their class',
    labelNames: ['queue', 'class'] as const,
    buckets: secondsBuckets,
    registers,
  });
  const tokens = new Counter({
    name: 'aios_model_tokens_total',
    help: 'Tokens that models read and wrote',
    labelNames: ['direction'] as const,
    registers,
  });
  const ended = new Counter({
    name: 'aios_processes_ended_total',
    help: 'Processes that ended, by their last state',
    labelNames: ['state'] as const,
    registers,
  });
  const swept = new Counter({
    name: 'aios_context_swept_total',
    help: 'What was removed of kept conversations, by kind',
    labelNames: ['kind'] as const,
    registers,
  });
  const sweptBytes = new Counter({
    name: 'aios_context_swept_bytes_total',
    help: 'Bytes that were removed of kept conversations',
    registers,
  });
  new Gauge({
    name: 'aios_queue_calls',
    help: 'Calls in each queue: running on a slot or waiting for one',
    labelNames: ['queue', 'state'] as const,
    registers,
    collect() {
      this.reset();
      for (const { name, running, queued } of queues()) {
        this.set({ queue: name, state: 'running' }, running);
        this.set({ queue: name, state: 'queued' }, queued);
      }
    },
  });
  new Gauge({
    name: 'aios_processes',
    help: 'Living processes by state',
    labelNames: ['state'] as const,
    registers,
    collect() {
      this.reset();
      for (const [state, number] of Object.entries(processes())) this.set({ state }, number);
    },
  });
  const countStart = ({ queue, class: callClass, waitedMs }: QueueStart) =>
    queueWait.observe({ queue, class: callClass }, waitedMs / 1000);
  const countEvent = (event: EventBody) => {
    if (event.type === 'syscall-settled') {
      duration.observe({ name: event.name, status: event.status }, event.durationMs / 1000);
      if (event.steps.schedule !== undefined) wait.observe({ name: event.name }, event.steps.schedule / 1000);
      if (event.usage !== undefined) {
        tokens.inc({ direction: 'input' }, event.usage.inputTokens);
        tokens.inc({ direction: 'output' }, event.usage.outputTokens);
      }
    } else if (
      event.type === 'process-changed' &&
      ['succeeded', 'failed', 'killed', 'lost'].includes(event.to)
    ) {
      ended.inc({ state: event.to });
    } else if (event.type === 'context-swept') {
      swept.inc({ kind: 'checkpoint' }, event.checkpoints);
      swept.inc({ kind: 'conversation' }, event.conversations);
      swept.inc({ kind: 'message' }, event.messages);
      sweptBytes.inc(event.bytes);
    }
  };
  return { countEvent, countStart };
}
