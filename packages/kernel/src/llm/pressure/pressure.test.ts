import { a100, startEngineServer } from '@aios/testing/inference-engine';
import { bootInstallation } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../simulated-clock.fixture.ts';
import { EngineMonitor, type Gauge } from './engine-monitor.ts';

const text = (queries: number, hits: number) =>
  [
    'vllm:kv_cache_usage_perc{engine="0"} 0.5',
    `vllm:prefix_cache_queries_total{engine="0"} ${queries}`,
    `vllm:prefix_cache_hits_total{engine="0"} ${hits}`,
    'vllm:cache_config_info{block_size="16",engine="0",num_gpu_blocks="1000"} 1',
  ].join('\n');

function monitored(answers: readonly (string | number)[]) {
  const clock = new SimulatedClock();
  const told: string[] = [];
  const looks: number[] = [];
  let taken = 8000;
  const gauge: Gauge = {
    get memory() {
      return { taken };
    },
    setSpace: (tokens) => told.push(`space ${tokens}`),
    congested: (_cause, reason, atLeast) => told.push(`congested, ${atLeast} fit: ${reason}`),
    eased: () => told.push('eased'),
    takeDemand: () => ({ programs: 4, contextTokens: 32_000, knownShare: 0.9 }),
  };
  const fetch: typeof globalThis.fetch = async () => {
    const answer = answers[looks.length] ?? answers.at(-1) ?? 404;
    looks.push(clock.now());
    return typeof answer === 'number' ? new Response('', { status: answer }) : new Response(answer);
  };
  const monitor = new EngineMonitor({ url: 'http://engine/metrics', clock, gauge: () => gauge, fetch });
  const idle = () => {
    taken = 0;
  };
  return { clock, monitor, told, looks, idle };
}

test('an engine in use is looked at once a second, and no more when it is idle', async () => {
  const { clock, monitor, told, looks, idle } = monitored([text(10_000, 9000), text(20_000, 10_000)]);
  const startedAt = clock.now();
  monitor.used();
  monitor.used();
  await clock.advance(2500);
  expect(looks.map((at) => at - startedAt)).toEqual([1000, 2000]);
  expect(told).toEqual([
    'space 16000',
    'space 16000',
    expect.stringContaining('congested, 1 fit: contexts of 4 programs take 200 % of its memory'),
  ]);
  idle();
  await clock.advance(100_000);
  expect(looks).toHaveLength(3);
});

test('a server without metrics is asked ever more seldom, and nothing is made of it', async () => {
  const { clock, monitor, told, looks } = monitored([404]);
  monitor.used();
  await clock.advance(1000 + 30_000 + 60_000 + 120_000);
  expect(looks).toHaveLength(4);
  expect(told).toEqual([]);
  monitor[Symbol.dispose]();
});

test('the whole kernel: the memory of a real engine server becomes a capacity of its core', async () => {
  const kvTokens = 20_000;
  await using engine = await startEngineServer({ ...a100, kvTokens, timeScale: 1 });
  const model = {
    name: 'engine',
    backend: 'vllm',
    model: a100.model,
    hostname: `${engine.origin}/v1`,
    concurrency: 4,
  };
  await using installation = await bootInstallation({
    config: JSON.stringify({ llms: { models: [model] } }),
  });
  const { session } = installation;
  const memory = async () =>
    (await session.call('kernel.schedule', { queue: 'core:engine' })).queues[0]?.memory;
  const answer = session.call('llm.chat', { messages: [{ role: 'user', content: 'Tell me a story ~400' }] });
  await expect.poll(memory, { timeout: 5000 }).toMatchObject({ spaceTokens: kvTokens });
  expect((await memory())?.takenTokens).toBeGreaterThan(0);
  await answer;
});
