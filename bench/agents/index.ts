import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { KernelEvent } from '@aios/protocol';
import { bootInstallation } from '@aios/testing/installation';
import { type Benchmark, type BenchmarkOptions, type Figures, percentile } from '../benchmark.ts';

const callsPerAgent = 10;

const messages = [
  { role: 'system', content: 'The sky is blue on a clear day. Grass is green.' },
  { role: 'user', content: 'Which colour has the sky on a clear day?' },
];

/** Ten calls that touch every resource: models, files, memory, tools. */
const callsOf = (agent: number) => [
  {
    name: 'storage.write',
    input: { path: `/notes/sky-${agent}.md`, content: '# Sky\n\nThe sky is blue on a clear day.\n' },
  },
  { name: 'storage.read', input: { path: `/notes/sky-${agent}.md` } },
  { name: 'storage.search', input: { query: 'colour of the sky' } },
  { name: 'memory.add', input: { content: 'The sky is blue.' } },
  { name: 'memory.search', input: { query: 'sky' } },
  { name: 'tool.call', input: { name: 'calculator', arguments: { expression: '6*7' } } },
  ...Array.from({ length: 4 }, () => ({
    name: 'llm.chat',
    input: { messages },
  })),
];

/** Many inline agents at once on the offline provider: none lost, and the event loop stays free. */
async function run({ quick, progress }: BenchmarkOptions): Promise<Figures> {
  const agents = 500;
  await using installation = await bootInstallation();
  const { session } = installation;
  await spawnAll(session, 5);

  const durations: number[] = [];
  using _subscription = installation.kernel.events.subscribe((event: KernelEvent) => {
    if (event.type === 'syscall-settled' && event.pid !== undefined) durations.push(event.durationMs);
  });
  const rounds = quick ? 1 : 5;
  const blocked = monitorEventLoopDelay({ resolution: 1 });
  blocked.enable();
  const startedAt = performance.now();
  let lost = 0;
  for (let round = 1; round <= rounds; round += 1) {
    lost += await spawnAll(session, agents);
    progress(`round ${round} of ${rounds}: ${agents} agents, ${agents * callsPerAgent} calls`);
  }
  const totalMs = performance.now() - startedAt;
  blocked.disable();
  return {
    agents,
    callsPerAgent,
    lostAgents: lost,
    lostCalls: rounds * agents * callsPerAgent - durations.length,
    totalMs: Math.round(totalMs / rounds),
    callsPerSecond: Math.round((rounds * agents * callsPerAgent * 1000) / totalMs),
    callP50Ms: round2(percentile(durations, 0.5)),
    callP99Ms: round2(percentile(durations, 0.99)),
    blockedMaxMs: round2(blocked.max / 1e6),
    blockedP99Ms: round2(blocked.percentile(99) / 1e6),
    residentMegabytes: Math.round(process.memoryUsage.rss() / 1e6),
  };
}

type Session = Awaited<ReturnType<typeof bootInstallation>>['session'];

/** Runs that many agents at the same time; returns how many did not get all their answers. */
async function spawnAll(session: Session, agents: number): Promise<number> {
  const ends = await Promise.all(
    Array.from({ length: agents }, async (_, agent) => {
      const input = { calls: callsOf(agent) };
      const { pid } = await session.call('process.spawn', { agent: 'caller', input });
      return await session.call('process.wait', { pid });
    }),
  );
  const complete = ends.filter(({ state, output }) => {
    return (
      state === 'succeeded' &&
      Array.isArray(output) &&
      output.every((outcome) => JSON.stringify(outcome).startsWith('{"output"'))
    );
  });
  return agents - complete.length;
}

const round2 = (value: number) => Math.round(value * 100) / 100;

const benchmark: Benchmark = {
  goals: [
    { figure: 'lostAgents', atMost: 0 },
    { figure: 'lostCalls', atMost: 0 },
    { figure: 'blockedMaxMs', atMost: 100 },
  ],
  run,
};
export default benchmark;
