import { a100, startEngineServer } from '@aios/testing/inference-engine';
import { bootInstallation } from '@aios/testing/installation';
import { expect, test } from 'vitest';

test('calls of one conversation are one program where a model is busy, and those of another are not', async () => {
  await using engine = await startEngineServer({ ...a100, maxSequences: 1, timeScale: 1 });
  const model = {
    name: 'engine',
    backend: 'vllm',
    model: a100.model,
    hostname: `${engine.origin}/v1`,
    concurrency: 1,
  };
  await using installation = await bootInstallation({
    config: JSON.stringify({ llms: { models: [model] } }),
  });
  const { session } = installation;
  const first = { role: 'user' as const, content: 'Tell me about Ann' };
  const longer = [
    first,
    { role: 'assistant' as const, content: 'Ann is well.' },
    { role: 'user' as const, content: 'And now? ~5' },
  ];
  const other = [{ role: 'user' as const, content: 'Tell me about Ben' }];
  const ending = new AbortController();
  const { signal } = ending;
  const ask = (messages: Parameters<typeof session.call<'llm.chat'>>[1]['messages']) =>
    session.call('llm.chat', { messages }, { signal }).catch(() => undefined);
  const queue = async () => (await session.call('kernel.schedule', { queue: 'core:engine' })).queues[0];
  const holding = ask([{ role: 'user', content: 'Hold the slot ~500' }]);
  await expect.poll(async () => (await queue())?.running).toBe(1);
  const calls = [holding, ask([first]), ask(longer), ask(other)];
  const body = JSON.stringify({ model: a100.model, messages: longer });
  calls.push(
    session
      .call('llm.forward', { dialect: 'openai-chat', body, needs: ['chat'], stream: false }, { signal })
      .catch(() => undefined) as never,
  );
  const waiting = async () => (await queue())?.waiters ?? [];
  await expect.poll(async () => (await waiting()).length).toBe(4);
  const programs = (await waiting()).map(({ program }) => program);
  expect(new Set(programs).size).toBe(3);
  ending.abort();
  await Promise.all(calls);
});
