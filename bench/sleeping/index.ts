import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Pid } from '@aios/protocol';
import { bootInstallation } from '@aios/testing/installation';
import { type Benchmark, type BenchmarkOptions, type Figures, percentile } from '../benchmark.ts';

/** Wake times are spread over this, so that what is measured is how late a process is, not how many fit into a second. */
const spreadMs = 60_000;
const config = `llms:
  models:
    - { name: offline, backend: offline }
agent_factory:
  drop_waiting_after_ms: 100
`;

/** Durable processes that sleep: what one costs in memory, and how late it goes on. */
async function run({ quick, progress }: BenchmarkOptions): Promise<Figures> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const processes = quick ? 2000 : 10_000;
  await using installation = await bootInstallation({ config });
  const { session, kernel } = installation;
  const spawn = async (at: number): Promise<Pid> => {
    const timer = { kind: 'timer', at: new Date(at).toISOString() };
    const input = { conditions: [timer] };
    return (await session.call('process.spawn', { agent: 'napper', durable: true, input })).pid;
  };
  const heapOf = async () => {
    await delay(500);
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const warm = await spawn(Date.now());
  await session.call('process.wait', { pid: warm });
  const before = await heapOf();

  const wakes = Date.now() + (quick ? 30_000 : 60_000);
  const dueAt = new Map<Pid, number>();
  for (let from = 0; from < processes; from += 500) {
    const batch = Array.from({ length: Math.min(500, processes - from) }, async (_, index) => {
      const at = wakes + ((from + index) / processes) * spreadMs * (quick ? 0.2 : 1);
      dueAt.set(await spawn(at), at);
    });
    await Promise.all(batch);
    progress(`${from + batch.length} processes started`);
  }
  await allDormant(installation, [...dueAt.keys()]);
  const heapBytes = ((await heapOf()) - before) / processes;
  progress(`they sleep, ${Math.round(heapBytes)} bytes of heap each`);
  if (Date.now() > wakes) throw new Error('The machine is too slow: the first woke before the last slept.');

  const late: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  using _subscription = kernel.events.subscribe((event) => {
    if (event.type !== 'process-changed' || event.to !== 'succeeded') return;
    const at = dueAt.get(event.pid);
    if (at !== undefined) late.push(Date.now() - at);
    if (late.length === processes) resolve();
  });
  await promise;
  return {
    sleepingProcesses: processes,
    sleepingHeapBytes: Math.round(heapBytes),
    wakeLateP50Ms: Math.round(percentile(late, 0.5)),
    wakeLateP99Ms: Math.round(percentile(late, 0.99)),
    wakeLateMaxMs: Math.round(Math.max(...late)),
  };
}

const benchmark: Benchmark = {
  goals: [
    { figure: 'sleepingHeapBytes', atMost: 2000 },
    { figure: 'wakeLateMaxMs', atMost: 1000 },
  ],
  run,
};
export default benchmark;

async function allDormant(
  { kernel, token }: Awaited<ReturnType<typeof bootInstallation>>,
  pids: readonly Pid[],
): Promise<void> {
  const hasCode = (pid: Pid) => {
    try {
      kernel.open(token, { pid });
      return true;
    } catch {
      return false;
    }
  };
  while (pids.some(hasCode)) await delay(100);
}
