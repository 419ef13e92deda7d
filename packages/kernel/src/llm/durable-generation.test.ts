// Generations of durable processes over a restart of the kernel, with the simulated engine, which continues messages as vLLM
// does and counts what it writes.

import { a100, type EngineServer, startEngineServer } from '@aios/testing/inference-engine';
import { bootInstallation, installAgent } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { z } from 'zod';

const tokens = 300;
const agent = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'teller',
  permissions: ['llm.chat'],
  async run({ model }, aios) {
    let told = '';
    const request = { model, messages: [{ role: 'user', content: 'Tell a story ~${tokens}' }], temperature: 0 };
    const onChunk = (chunk) => { told += chunk.text ?? ''; };
    const { message, usage, metadata = {} } = await aios.llm.chat(request, { onChunk });
    return { text: message.content, told, usage, metadata };
  },
});`;
const output = z.object({
  text: z.string(),
  told: z.string(),
  usage: z.looseObject({ inputTokens: z.number(), outputTokens: z.number() }),
  metadata: z.looseObject({
    resumed: z.object({ slices: z.number(), repeatedOutputTokens: z.number() }).optional(),
  }),
});

async function setUp(engines: readonly EngineServer[], backend = 'vllm') {
  const models = engines.map(({ origin }, index) => ({
    name: `engine${index}`,
    backend,
    model: a100.model,
    hostname: `${origin}/v1`,
  }));
  const groups = [{ name: 'all', models: models.map(({ name }) => name), strategy: 'sequential' }];
  const config = JSON.stringify({ llms: { models, groups, router: { retries: 0 } } });
  const installation = await bootInstallation({ config });
  await installAgent(installation.home, 'teller', agent);
  const tell = async () => {
    const input = { model: 'all' };
    const { pid } = await installation.session.call('process.spawn', {
      agent: 'teller',
      input,
      durable: true,
    });
    return {
      pid,
      wait: async () => {
        const ended = await installation.session.call('process.wait', { pid, timeoutMs: 30_000 });
        expect(ended.error).toBeUndefined();
        return output.parse(ended.output);
      },
    };
  };
  return {
    installation,
    tell,
    [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
  };
}

const startEngine = () => startEngineServer({ ...a100, timeScale: 4 });
const written = ({ engine }: EngineServer) => engine.counts.generatedTokens;
const whenWritten = (engine: EngineServer, count: number) =>
  expect.poll(() => written(engine), { interval: 5, timeout: 20_000 }).toBeGreaterThan(count);

test('a generation goes on where it was when the kernel closed, and is told and paid once', async () => {
  await using engine = await startEngine();
  await using run = await setUp([engine]);
  const alone = await (await run.tell()).wait();
  const whole = written(engine);
  expect(alone.told).toBe(alone.text);

  const teller = await run.tell();
  await whenWritten(engine, whole + 120);
  await run.installation.reboot();
  const resumed = await teller.wait();
  expect(resumed.text).toBe(alone.text);
  expect(resumed.told).toBe(alone.text);
  expect(resumed.metadata.resumed?.slices).toBe(2);
  // What the engine wrote between the last piece that was read and the end of the connection is lost.
  expect(written(engine) - whole).toBeLessThan(tokens + 80);
  const { usage } = resumed;
  expect(usage.outputTokens).toBe(tokens + (resumed.metadata.resumed?.repeatedOutputTokens ?? 0));
  expect(usage.resumedInputTokens).toBeGreaterThan(100);
  expect(Number(usage.inputTokens) - Number(usage.resumedInputTokens)).toBe(alone.usage.inputTokens);
}, 60_000);

test('when its engine is gone it goes on at another one with the same model', async () => {
  await using other = await startEngine();
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await startEngine());
  await using run = await setUp([first, other]);
  const alone = await (await run.tell()).wait();
  const teller = await run.tell();
  const before = written(first);
  await whenWritten(first, before + 120);
  await run.installation.kernel.close();
  await stack.disposeAsync();
  await run.installation.reboot();
  const resumed = await teller.wait();
  expect(resumed.text).toBe(alone.text);
  expect(written(other)).toBeLessThan(tokens - 100);
}, 60_000);

test('a generation that cannot be gone on with is asked for once more', async () => {
  await using engine = await startEngine();
  await using run = await setUp([engine], 'openai-compatible');
  const alone = await (await run.tell()).wait();
  const whole = written(engine);
  const teller = await run.tell();
  await whenWritten(engine, whole + 120);
  await run.installation.reboot();
  const again = await teller.wait();
  expect(again).toMatchObject({ text: alone.text, usage: alone.usage });
  expect(written(engine) - whole).toBeGreaterThan(tokens + 100);
}, 60_000);
