import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { KernelEvent } from '@aios/protocol';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { startPostgres } from '@aios/testing/postgresql';
import { type Benchmark, inTurn, type Measurement, percentile } from '../benchmark.ts';

const agentFolders = [join(import.meta.dirname, 'agents')];
/** Processes that are alive at a time. */
const atOnce = 200;

interface Request {
  readonly durable: boolean;
  readonly calls: number;
}

async function runOne({ session }: Installation, { durable, calls }: Request): Promise<void> {
  const { pid } = await session.call('process.spawn', { agent: 'three-calls', input: { calls }, durable });
  const { state, error } = await session.call('process.wait', { pid });
  if (state !== 'succeeded') throw new Error(`Process ${pid} ended ${state}: ${error?.detail}`);
}

/** Runs so many processes, some of them at a time, and gives how many were done in a second. */
async function runMany(installation: Installation, count: number, request: Request): Promise<number> {
  const startedAt = performance.now();
  let left = count;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await runOne(installation, request);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (count * 1000) / (performance.now() - startedAt);
}

async function throughput(count: number, databaseUrl?: string): Promise<number> {
  await using installation = await bootInstallation({ agentFolders, ...(databaseUrl && { databaseUrl }) });
  await runMany(installation, atOnce, { durable: true, calls: 3 });
  return Math.round(await runMany(installation, count, { durable: true, calls: 3 }));
}

async function throughputOnPostgres(count: number): Promise<number> {
  await using cluster = await startPostgres({ survivesPowerCuts: true });
  return cluster === undefined ? Number.NaN : await throughput(count, cluster.url);
}

/** What the journal adds to a call of a process that is alone: the median time of its calls with and without, in turn. */
async function journalOverheadMs(rounds: number): Promise<number> {
  await using installation = await bootInstallation({ agentFolders });
  const times = { durable: [] as number[], ordinary: [] as number[] };
  let kind: 'durable' | 'ordinary' = 'durable';
  using _subscription = installation.kernel.events.subscribe((event: KernelEvent) => {
    if (event.type === 'syscall-settled' && event.pid !== undefined && event.name !== 'process.log') {
      times[kind].push(event.durationMs);
    }
  });
  for (let round = 0; round < rounds; round += 1) {
    kind = 'durable';
    await runOne(installation, { durable: true, calls: 100 });
    kind = 'ordinary';
    await runOne(installation, { durable: false, calls: 100 });
  }
  return round2(percentile(times.durable, 0.5) - percentile(times.ordinary, 0.5));
}

/** The heap after many processes as a part of that after few, everything collected. */
async function heapGrowth(few: number, many: number, progress: (line: string) => void): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  await using installation = await bootInstallation({ agentFolders });
  const heapAfter = async (count: number) => {
    await runMany(installation, count, { durable: false, calls: 0 });
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await heapAfter(few);
  progress(`heap after ${few} processes: ${Math.round(before / 1e6)} MB`);
  const after = await heapAfter(many - few);
  progress(`heap after ${many} processes: ${Math.round(after / 1e6)} MB`);
  return round2(after / before);
}

const parts: Readonly<Record<string, Measurement>> = {
  async sqlite({ quick, progress }) {
    const perSecond = await throughput(quick ? 1000 : 5000);
    progress(`SQLite: ${perSecond} durable processes/s`);
    return { processesPerSecondSqlite: perSecond };
  },
  async postgres({ quick, progress }) {
    const perSecond = await throughputOnPostgres(quick ? 1000 : 5000);
    progress(`PostgreSQL: ${perSecond} durable processes/s`);
    return { processesPerSecondPostgres: perSecond };
  },
  journal: async ({ quick }) => ({ journalOverheadP50Ms: await journalOverheadMs(quick ? 5 : 20) }),
  heap: async ({ quick, progress }) => ({
    heapGrowth: await heapGrowth(1000, quick ? 5000 : 100_000, progress),
  }),
};

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

export default {
  goals: [
    { figure: 'processesPerSecondSqlite', atLeast: 300 },
    { figure: 'journalOverheadP50Ms', atMost: 0.5 },
    { figure: 'heapGrowth', atMost: 1.1 },
  ],
  parts,
  run: inTurn(parts),
} satisfies Benchmark;
