import type { ChatMessage, Pid } from '@aios/protocol';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { type Benchmark, type BenchmarkOptions, type Figures, percentile } from '../../benchmark.ts';

/** A history of 200,000 tokens, at four characters each, in 2,000 messages; and one of a single turn. */
const longMessages = 2000;
const shortMessages = 2;
const charactersPerMessage = 400;
const appendAtOnce = 1000;

function messageOf(number: number): ChatMessage {
  const content = `${number} `.padEnd(charactersPerMessage, `the quick brown fox ${number} `);
  return number % 2 === 0 ? { role: 'user', content } : { role: 'assistant', content };
}

async function startWith({ session }: Installation, first: number, count: number): Promise<Pid> {
  const { pid } = await session.call('process.spawn', { agent: 'waiter' });
  for (let from = 0; from < count; from += appendAtOnce) {
    const length = Math.min(appendAtOnce, count - from);
    const messages = Array.from({ length }, (_, index) => messageOf(first + from + index));
    await session.call('context.append', { pid, messages });
  }
  return pid;
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Calls on a long and on a short history in turn, through the whole path of a system call, each on disk before it is
 * answered. Beside them a fork as it would be without sharing: the messages are written once more.
 */
async function run({ quick, progress }: BenchmarkOptions): Promise<Figures> {
  await using installation = await bootInstallation();
  const { session } = installation;
  const pids = {
    long: await startWith(installation, 0, longMessages),
    short: await startWith(installation, 0, shortMessages),
  };
  const samples: Record<string, number[]> = {};
  const measure = async (name: string, work: () => Promise<unknown>) => {
    samples[name] ??= [];
    samples[name].push(await millisecondsOf(work));
  };
  const rounds = quick ? 100 : 500;
  for (let round = 0; round < rounds; round += 1) {
    for (const size of ['long', 'short'] as const) {
      const pid = pids[size];
      await measure(`checkpoint ${size}`, () => session.call('context.checkpoint', { pid }));
      const { checkpoints } = await session.call('context.list', { pid, limit: 1 });
      const checkpoint = checkpoints[0]?.id;
      if (checkpoint === undefined) throw new Error('The checkpoint is not listed.');
      await measure(`fork ${size}`, () => session.call('context.fork', { checkpoint, as: `fork-${round}` }));
      await measure(`append ${size}`, () =>
        session.call('context.append', { pid, messages: [messageOf(round * 2), messageOf(round * 2 + 1)] }),
      );
      await measure(`restore ${size}`, () => session.call('context.restore', { checkpoint }));
    }
  }
  progress('calls measured; now reading and copying the whole history');
  for (let round = 0; round < (quick ? 5 : 20); round += 1) {
    const { checkpoints } = await session.call('context.list', { pid: pids.long, limit: 1 });
    const from = checkpoints[0]?.id;
    if (from === undefined) throw new Error('The checkpoint is not listed.');
    await measure('read', () => session.call('context.read', { pid: pids.long, limit: 10_000 }));
    await measure('diff', () => session.call('context.diff', { from }));
    await measure('copy', () => startWith(installation, (round + 1) * 1_000_000, longMessages));
  }
  const p50 = (name: string) => percentile(samples[name] ?? [], 0.5);
  const ratio = (name: string) => p50(`${name} long`) / p50(`${name} short`);
  return {
    historyTokens: (longMessages * charactersPerMessage) / 4,
    checkpointP50Ms: p50('checkpoint long'),
    checkpointP99Ms: percentile(samples['checkpoint long'] ?? [], 0.99),
    checkpointLongToShort: ratio('checkpoint'),
    forkP50Ms: p50('fork long'),
    forkP99Ms: percentile(samples['fork long'] ?? [], 0.99),
    forkLongToShort: ratio('fork'),
    restoreP50Ms: p50('restore long'),
    restoreLongToShort: ratio('restore'),
    appendP50Ms: p50('append long'),
    appendLongToShort: ratio('append'),
    readWholeP50Ms: p50('read'),
    diffP50Ms: p50('diff'),
    copyToFork: p50('copy') / p50('fork long'),
  };
}

export const checkpointBenchmark: Benchmark = {
  goals: [
    { figure: 'checkpointLongToShort', atMost: 1.5 },
    { figure: 'forkLongToShort', atMost: 1.5 },
    { figure: 'restoreLongToShort', atMost: 1.5 },
    { figure: 'appendLongToShort', atMost: 1.5 },
    { figure: 'checkpointP50Ms', atMost: 5 },
    { figure: 'forkP50Ms', atMost: 5 },
    { figure: 'copyToFork', atLeast: 10 },
  ],
  run,
};
