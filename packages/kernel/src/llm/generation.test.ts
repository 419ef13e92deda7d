import type { KernelSchedule } from '@aios/protocol';
import { a100, startEngineServer } from '@aios/testing/inference-engine';
import { bootInstallation } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { z } from 'zod';

const resumption = z.object({ slices: z.number(), method: z.string(), repeatedOutputTokens: z.number() });

// Through the whole kernel, with the simulated engine, which continues messages as vLLM does.

async function setUp(scheduler: object) {
  await using starting = new AsyncDisposableStack();
  const engine = starting.use(await startEngineServer({ ...a100, timeScale: 20 }));
  const model = {
    name: 'engine',
    backend: 'vllm',
    model: a100.model,
    hostname: `${engine.origin}/v1`,
    concurrency: 1,
    prices: { input: 1, output: 10 },
  };
  const config = JSON.stringify({ llms: { models: [model] }, scheduler });
  const { session } = starting.use(await bootInstallation({ config }));
  const running = starting.move();
  return { session, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

const ask = (name: string) => ({
  messages: [{ role: 'user' as const, content: `Tell ${name} a story ~60` }],
  temperature: 0,
});
const names = ['Ann', 'Ben', 'Cleo', 'Dan'];

test('generations that take turns are each the same as an undisturbed one, streamed or not', async () => {
  await using setUpRun = await setUp({ policy: 'round_robin', slice_output_tokens: 8 });
  const { session } = setUpRun;
  const undisturbed = [];
  for (const name of names) undisturbed.push(await session.call('llm.chat', ask(name)));
  expect(undisturbed.map(({ metadata }) => metadata?.resumed)).toEqual(names.map(() => undefined));

  const streamed = names.map(() => '');
  const together = await Promise.all(
    names.map((name, index) => {
      const onChunk = (chunk: { type: string; text?: string }) => {
        streamed[index] += chunk.text ?? '';
      };
      return session.call('llm.chat', ask(name), index % 2 === 0 ? { onChunk } : {});
    }),
  );
  for (const [index, reply] of together.entries()) {
    const alone = undisturbed[index];
    expect(reply.message.content).toBe(alone?.message.content);
    if (index % 2 === 0) expect(streamed[index]).toBe(alone?.message.content);
    expect(reply.finishReason).toBe('stop');
    const { slices, method, repeatedOutputTokens } = resumption.parse(reply.metadata?.resumed);
    expect(slices).toBeGreaterThan(2);
    expect(method).toBe('continue_final_message');
    // What a switch costs is metered: the prompt is read again in each slice, and the word that was not whole is written again.
    expect(reply.usage.outputTokens - repeatedOutputTokens).toBe(alone?.usage.outputTokens);
    expect(repeatedOutputTokens).toBe(slices - 1);
    const { inputTokens, resumedInputTokens = 0 } = reply.usage;
    expect(inputTokens - resumedInputTokens).toBe(alone?.usage.inputTokens);
    expect(reply.costUsd).toBeGreaterThan(alone?.costUsd ?? 0);
  }
});

test('the bound of a reply holds over its slices', async () => {
  await using setUpRun = await setUp({ policy: 'round_robin', slice_output_tokens: 8 });
  const { session } = setUpRun;
  const bounded = (name: string) => ({ ...ask(name), maxTokens: 30 });
  const alone = await session.call('llm.chat', bounded('Ann'));
  const [together] = await Promise.all(names.map((name) => session.call('llm.chat', bounded(name))));
  expect(together?.message.content).toBe(alone.message.content);
  expect(together).toMatchObject({ finishReason: 'length' });
  const { repeatedOutputTokens } = resumption.parse(together?.metadata?.resumed);
  expect(together?.usage.outputTokens).toBe(30 + repeatedOutputTokens);
});

test('a generation that cannot be taken up again runs to its end and says why', async () => {
  await using setUpRun = await setUp({ policy: 'round_robin', slice_output_tokens: 8 });
  const tools = [{ name: 'weather', inputSchema: { type: 'object' } }];
  const { session } = setUpRun;
  let schedule: Promise<KernelSchedule> | undefined;
  const onChunk = () => {
    schedule ??= session.call('kernel.schedule', { queue: 'core:engine' });
  };
  const replies = await Promise.all(
    names.map((name) => session.call('llm.chat', { ...ask(name), tools }, { onChunk })),
  );
  const { queues = [] } = (await schedule) ?? {};
  expect(queues[0]?.holders.map(({ runsToEnd }) => runsToEnd)).toEqual(['the reply may call tools']);
  expect(replies.map(({ metadata }) => metadata)).toEqual(
    names.map(() => ({ runsToEnd: 'the reply may call tools' })),
  );
});

test('a call that is cancelled between two slices ends there, and the others go on', async () => {
  await using setUpRun = await setUp({ policy: 'round_robin', slice_output_tokens: 8 });
  const { session } = setUpRun;
  const controller = new AbortController();
  let pieces = 0;
  const cancelled = session.call('llm.chat', ask('Ann'), {
    signal: controller.signal,
    onChunk: () => {
      pieces += 1;
      if (pieces === 10) controller.abort();
    },
  });
  const others = ['Ben', 'Cleo'].map((name) => session.call('llm.chat', ask(name)));
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  for (const { finishReason } of await Promise.all(others)) expect(finishReason).toBe('stop');
  const { models } = await session.call('llm.models', {});
  expect(models[0]).toMatchObject({ running: 0, queued: 0 });
});
