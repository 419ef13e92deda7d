import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pid } from '@aios/protocol';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { type Benchmark, type BenchmarkOptions, type Figures, percentile } from '../benchmark.ts';

const agentFolders = [join(import.meta.dirname, 'agents')];
const lines = 500;
const config = `llms:
  models:
    - { name: offline, backend: offline }
agent_factory:
  drop_waiting_after_ms: 1
`;

/** Processes with the same number of calls since they began anew, or in all. */
const shapes = {
  one: { runs: 1, lines },
  twenty: { runs: 20, lines },
  long: { runs: 1, lines: 20 * lines },
} as const;

/** Resolves when the code of the process has been dropped: nobody can speak for it then. */
async function dormant({ kernel, token }: Installation, pid: Pid): Promise<void> {
  for (;;) {
    try {
      kernel.open(token, { pid });
    } catch {
      return;
    }
    await delay(5);
  }
}

/** How long a process without its code takes to answer: its journal is read, its code runs to where it was. */
async function restoreMs(installation: Installation, pid: Pid): Promise<number> {
  const { session } = installation;
  await dormant(installation, pid);
  const startedAt = performance.now();
  const { id } = await session.call('message.send', { to: `${pid}`, content: 'well?', isQuestion: true });
  await session.call('message.receive', { replyTo: id, timeoutMs: 60_000 });
  return performance.now() - startedAt;
}

async function run({ quick, progress }: BenchmarkOptions): Promise<Figures> {
  await using installation = await bootInstallation({ config, agentFolders });
  const { session } = installation;
  const start = async (input: (typeof shapes)[keyof typeof shapes]) => {
    const { pid } = await session.call('process.spawn', { agent: 'diary', durable: true, input });
    await restoreMs(installation, pid);
    return pid;
  };
  const pids = {
    one: await start(shapes.one),
    twenty: await start(shapes.twenty),
    long: await start(shapes.long),
  };
  progress('the journals are written');
  const times: Record<keyof typeof shapes, number[]> = { one: [], twenty: [], long: [] };
  for (let round = 0; round < (quick ? 10 : 50); round += 1) {
    for (const shape of ['one', 'twenty', 'long'] as const) {
      times[shape].push(await restoreMs(installation, pids[shape]));
    }
  }
  const median = (shape: keyof typeof shapes) => percentile(times[shape], 0.5);
  return {
    restore500CallsMs: round1(median('one')),
    restore20RunsOf500CallsMs: round1(median('twenty')),
    restore10000CallsMs: round1(median('long')),
    twentyRunsToOne: round2(median('twenty') / median('one')),
    longToOne: round2(median('long') / median('one')),
  };
}

const round1 = (value: number) => Math.round(value * 10) / 10;
const round2 = (value: number) => Math.round(value * 100) / 100;

export default {
  goals: [{ figure: 'twentyRunsToOne', atMost: 1.3 }],
  run,
} satisfies Benchmark;
