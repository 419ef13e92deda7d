import { always, startOpenAiServer } from '@aios/testing';
import { bootInstallation } from '@aios/testing/installation';
import { expect, test } from 'vitest';
import { failure, settings } from './llm.fixture.ts';

const messages = [{ role: 'user' as const, content: 'Hello' }];

async function setUp(model: object, policy = 'fair') {
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await startOpenAiServer({ script: always({ text: 'hi' }) }));
  const models = [{ name: 'm', backend: 'vllm', hostname: server.baseUrl, ...model }];
  const config = JSON.stringify({ llms: { models }, scheduler: { policy } });
  const { session } = starting.use(await bootInstallation({ config }));
  const running = starting.move();
  /** Has a process make a call, and says which priority the engine was told. */
  const askAsProcess = async (options: object) => {
    const calls = [{ name: 'llm.chat', input: { messages } }];
    const { pid } = await session.call('process.spawn', { agent: 'caller', input: { calls }, ...options });
    await session.call('process.wait', { pid });
    return told().at(-1);
  };
  const asked = () => server.requests.filter(({ method }) => method === 'POST');
  const told = () => asked().map(({ body }) => body.priority);
  return { session, told, askAsProcess, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

test('vLLM is told who goes first, as fair has it: the more urgent class, then the program of which less is left', async () => {
  await using kernel = await setUp({ pass_priority: true });
  const { session, told, askAsProcess } = kernel;
  await session.call('llm.chat', { messages });
  const pipeline = await askAsProcess({});
  const batch = await askAsProcess({ class: 'batch' });
  expect(Number(told()[0])).toBeLessThan(Number(pipeline));
  expect(Number(pipeline)).toBeLessThan(Number(batch));
  for (const priority of told()) expect(Number.isInteger(priority)).toBe(true);
});

test('a forwarded request carries the priority too, and not one that its client chose', async () => {
  await using kernel = await setUp({ pass_priority: true });
  const { session, told } = kernel;
  const body = JSON.stringify({ model: 'm', messages, priority: -1_000_000 });
  await session.call('llm.forward', {
    dialect: 'openai-chat',
    model: 'm',
    body,
    needs: ['chat'],
    stream: false,
  });
  expect(told()).toEqual([expect.any(Number)]);
  expect(Number(told()[0])).toBeGreaterThanOrEqual(0);
});

test('under the policy priority the greater priority is told as the lower', async () => {
  await using kernel = await setUp({ pass_priority: true }, 'priority');
  expect(await kernel.askAsProcess({ priority: 3 })).toBe(-3);
  expect(await kernel.askAsProcess({ priority: -3 })).toBe(3);
});

test('where nothing is configured, or the policy has no order for calls that run, nothing is told', async () => {
  await using silent = await setUp({});
  await silent.session.call('llm.chat', { messages });
  expect(silent.told()).toEqual([undefined]);
  await using inOrder = await setUp({ pass_priority: true }, 'fifo');
  await inOrder.session.call('llm.chat', { messages });
  expect(inOrder.told()).toEqual([undefined]);
});

test('a server that takes no priority cannot be configured so', async () => {
  const model = {
    name: 'm',
    backend: 'openai-compatible',
    hostname: 'http://127.0.0.1:9',
    pass_priority: true,
  };
  const { message } = await failure(() => settings({ models: [model] }));
  expect(message).toMatch(/pass_priority.*only those to vllm/);
});
