import { a100, startEngineProcess } from '@aios/testing/inference-engine';
import { bootInstallation } from '@aios/testing/installation';
import { type Figures, percentile } from '../../benchmark.ts';

const generations = 64;
const slots = 4;
/** A quarter of a generation. */
const slicesPerGeneration = 4;
/** Long enough that a stop, which costs some 15 tokens, is less than a hundredth of it. */
const tokens = 2400;

interface Round {
  readonly texts: readonly string[];
  readonly firstTokenMs: readonly number[];
  readonly totalMs: number;
  /** Tokens that the engine computed: read and not found in its prefix cache, or written. */
  readonly computedTokens: number;
}

/** Long generations that come all at once, on four slots: first come first served, which stops none, and in turns. */
export async function takeTurns(timeScale: number, progress: (line: string) => void): Promise<Figures> {
  progress(`${generations} generations of ${tokens} tokens on ${slots} slots, first come first served`);
  const fifo = await runRound('fifo', timeScale);
  progress('the same in turns');
  const turns = await runRound('round_robin', timeScale);
  const same = turns.texts.filter((text, index) => text === fifo.texts[index]).length;
  const p90 = ({ firstTokenMs }: Round) => percentile(firstTokenMs, 0.9);
  return {
    turnsIdenticalPercent: (100 * same) / generations,
    turnsWastedPercent: rounded(100 * (turns.computedTokens / fifo.computedTokens - 1)),
    turnsFirstTokenP90Gain: rounded(p90(fifo) / p90(turns)),
    fifoFirstTokenP90Ms: Math.round(p90(fifo)),
    turnsFirstTokenP90Ms: Math.round(p90(turns)),
    turnsTotalRatio: rounded(turns.totalMs / fifo.totalMs),
  };
}

async function runRound(policy: string, timeScale: number): Promise<Round> {
  await using engine = await startEngineProcess({ ...a100, timeScale, maxSequences: slots });
  const model = {
    name: 'engine',
    backend: 'vllm',
    model: a100.model,
    hostname: `${engine.origin}/v1`,
    concurrency: slots,
  };
  const scheduler = { policy, slice_output_tokens: tokens / slicesPerGeneration, max_wait_ms: 600_000 };
  await using installation = await bootInstallation({
    config: JSON.stringify({ llms: { models: [model] }, scheduler }),
  });
  const { session } = installation;
  const startedAt = performance.now();
  const firstTokenMs: number[] = [];
  const tell = async (_: unknown, index: number) => {
    const messages = [{ role: 'user' as const, content: `Tell story ${index} to the end. ~${tokens}` }];
    const onChunk = () => {
      firstTokenMs[index] ??= performance.now() - startedAt;
    };
    const { message } = await session.call('llm.chat', { messages, temperature: 0 }, { onChunk });
    return message.content;
  };
  const texts = await Promise.all(Array.from({ length: generations }, tell));
  const totalMs = performance.now() - startedAt;
  return { texts, firstTokenMs, totalMs, computedTokens: await computedBy(engine.origin) };
}

async function computedBy(origin: string): Promise<number> {
  const metrics = await (await fetch(`${origin}/metrics`)).text();
  const read = (name: string) => {
    const value = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(metrics)?.[1];
    if (value === undefined) throw new Error(`The engine does not tell ${name}.`);
    return Number(value);
  };
  return (
    read('vllm:prefix_cache_queries_total') -
    read('vllm:prefix_cache_hits_total') +
    read('vllm:generation_tokens_total')
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
