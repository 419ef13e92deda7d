import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { a100, type EngineParameters, startEngineProcess, startEngineServer } from './index.ts';

const fast: EngineParameters = { ...a100, timeScale: 50 };

async function start(parameters: Partial<EngineParameters> = {}) {
  const server = await startEngineServer({ ...fast, ...parameters });
  const client = new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: 'none', maxRetries: 0 });
  return { server, client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

type Message = OpenAI.ChatCompletionMessageParam;
const user = (content: string): Message => ({ role: 'user', content });
const words = (count: number) => 'abc '.repeat(count).trim();
const { model } = a100;

test('writes the same text for the same prompt, streamed or not, and counts usage', async () => {
  await using setup = await start();
  const messages = [user('Tell me something ~20')];
  const whole = await setup.client.chat.completions.create({ model, messages });
  const again = await setup.client.chat.completions.create({ model, messages });
  const other = await setup.client.chat.completions.create({ model, messages: [user('Another ~20')] });
  const text = whole.choices[0]?.message.content ?? '';
  expect(text.split(' ')).toHaveLength(20);
  expect(again.choices[0]?.message.content).toBe(text);
  expect(other.choices[0]?.message.content).not.toBe(text);
  expect(whole.choices[0]?.finish_reason).toBe('stop');

  let streamed = '';
  let usage: OpenAI.CompletionUsage | null | undefined;
  const stream = await setup.client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const chunk of stream) {
    streamed += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage;
  }
  expect(streamed).toBe(text);
  expect(usage).toMatchObject({ completion_tokens: 20, prompt_tokens: whole.usage?.prompt_tokens });
});

test('an answer that was cut anywhere and continued joins to the identical text', async () => {
  await using setup = await start({ timeScale: 1000 });
  const messages = [user('Go on ~12')];
  const whole = await setup.client.chat.completions.create({ model, messages });
  const text = whole.choices[0]?.message.content ?? '';
  for (let cut = 1; cut <= text.length; cut += 1) {
    const begun: Message = { role: 'assistant', content: text.slice(0, cut) };
    const rest = await setup.client.chat.completions.create({
      model,
      messages: [...messages, begun],
      ...{ continue_final_message: true, add_generation_prompt: false },
    });
    expect(text.slice(0, cut) + rest.choices[0]?.message.content).toBe(text);
  }
  const limited = await setup.client.chat.completions.create({ model, messages, max_tokens: 5 });
  expect(limited.choices[0]).toMatchObject({
    finish_reason: 'length',
    message: { content: text.slice(0, 19) },
  });
});

test('refuses what vLLM refuses', async () => {
  await using setup = await start({ maxModelTokens: 100 });
  const ask = (fields: object) =>
    setup.client.chat.completions.create({ model, messages: [user('x ~1')], ...fields });
  await expect(ask({ priority: 1 })).rejects.toThrow('Priority scheduling is not enabled');
  await expect(ask({ continue_final_message: true })).rejects.toThrow('Cannot set both');
  await expect(ask({ messages: [user(words(200))] })).rejects.toThrow('maximum context length is 100');
  await expect(ask({ model: 'other' })).rejects.toMatchObject({ status: 404 });
  await expect(ask({ messages: [] })).rejects.toMatchObject({ status: 400 });
});

test('the next call of a conversation finds the last one in the prefix cache', async () => {
  await using setup = await start();
  const first = [user(`${words(160)} ~32`)];
  const reply = await setup.client.chat.completions.create({ model, messages: first });
  expect(reply.usage?.prompt_tokens_details?.cached_tokens).toBe(0);
  const next: Message[] = [
    ...first,
    { role: 'assistant', content: reply.choices[0]?.message.content ?? '' },
    user(`${words(10)} ~4`),
  ];
  const second = await setup.client.chat.completions.create({ model, messages: next });
  expect(second.usage?.prompt_tokens_details?.cached_tokens).toBe(192);
  const metrics = await (await fetch(`${setup.server.origin}/metrics`)).text();
  expect(metrics).toMatch(/vllm:prefix_cache_hits_total\{.*\} 192/);
  expect(metrics).toMatch(/vllm:cache_config_info\{.*num_gpu_blocks="25\d\d\d"\} 1/);
});

test('a client that goes away frees its place', async () => {
  await using setup = await start({ timeScale: 1, maxSequences: 1 });
  const { engine } = setup.server;
  const controller = new AbortController();
  const long = { model, messages: [user('x ~100000')], stream: true as const };
  const stream = await setup.client.chat.completions.create(long, { signal: controller.signal });
  for await (const _ of stream) {
    expect(engine.running).toBe(1);
    controller.abort();
    break;
  }
  const next = await setup.client.chat.completions.create({ model, messages: [user('y ~2')] });
  expect(next.usage?.completion_tokens).toBe(2);
  expect(engine.counts.aborted).toBe(1);
  expect(engine.pool.unused).toBe(engine.pool.capacity);
});

test('with one place and no queue, a second request is refused', async () => {
  await using setup = await start({ timeScale: 1, maxSequences: 1, refusesWhenBusy: true });
  const ask = () => setup.client.chat.completions.create({ model, messages: [user('x ~20')] });
  const outcomes = await Promise.allSettled([ask(), ask()]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = outcomes.find((outcome) => outcome.status === 'rejected');
  expect(refused?.reason).toBeInstanceOf(OpenAI.RateLimitError);
});

test('runs as a process, keeps its rate and reports what it did', async () => {
  await using engine = await startEngineProcess({ ...a100, timeScale: 10 });
  const client = new OpenAI({ baseURL: `${engine.origin}/v1`, apiKey: 'none' });
  await client.chat.completions.create({ model, messages: [user('x ~400/call-1')] });
  const { log, fidelity } = await engine.report();
  expect(log).toMatchObject([{ label: 'call-1', generatedTokens: 400, preemptions: 0 }]);
  expect(fidelity.steps).toBe(400);
  expect(fidelity.wantedStepsPerSecond).toBeGreaterThan(1000);
  expect(fidelity.achievedStepsPerSecond / fidelity.wantedStepsPerSecond).toBeGreaterThan(0.8);
  expect((await engine.report()).log).toEqual([]);
});
