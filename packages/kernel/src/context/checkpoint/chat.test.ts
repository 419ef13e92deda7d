// `llm.chat` that goes on from a kept conversation, on a booted installation with a server that records what it is asked.

import type { Pid, SyscallRequest } from '@aios/protocol';
import { type OpenAiServer, rules, startOpenAiServer } from '@aios/testing';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

const usage = { inputTokens: 100, outputTokens: 50 };
let server: OpenAiServer;
let installation: Installation;

beforeAll(async () => {
  server = await startOpenAiServer({
    models: ['large', 'small'],
    script: rules(
      [/slow/, { text: 'at last', delayMs: 300, usage }],
      [/broken/, { fault: { kind: 'status', status: 400, message: 'no' } }],
      [/tool/, { toolCalls: [{ id: 'c1', name: 'look', arguments: { at: 'it' } }], usage }],
      [/./, { text: 'pong', usage }],
    ),
  });
});
afterAll(() => server[Symbol.asyncDispose]());

beforeEach(async () => {
  installation = await bootInstallation({
    config: `
llms:
  models:
    - { name: large, backend: openai, hostname: ${server.baseUrl}, api_key: sk-test, prices: { input: 50, output: 50 } }
    - { name: small, backend: openai, hostname: ${server.baseUrl}, api_key: sk-test, prices: { input: 1, output: 1 } }
context: { max_bytes: 2000 }
`,
  });
});
afterEach(() => installation[Symbol.asyncDispose]());

/** A process that does nothing by itself, and a line on which the test makes its calls. */
async function startProcess(options: Partial<SyscallRequest<'process.spawn'>> = {}) {
  const { pid } = await installation.session.call('process.spawn', { agent: 'waiter', ...options });
  const line = installation.kernel.open(installation.token, { pid });
  const chat = (content: string, more: Partial<SyscallRequest<'llm.chat'>> = {}) =>
    line.call('llm.chat', { messages: [{ role: 'user', content }], conversation: 'main', ...more });
  return { pid, line, chat };
}

async function kept(pid: Pid): Promise<string[]> {
  const { messages } = await installation.session.call('context.read', { pid });
  return messages.map(({ role, content }) => `${role}: ${content}`);
}

const lastAsked = () => server.requests.at(-1)?.body.messages;

test('the model gets what the conversation holds, and question and reply are added to it', async () => {
  const { pid, line, chat } = await startProcess();
  await line.call('context.append', { messages: [{ role: 'system', content: 'Be brief.' }] });
  await chat('ping');
  const chunks: unknown[] = [];
  await line.call(
    'llm.chat',
    { messages: [{ role: 'user', content: 'again' }], conversation: 'main' },
    { onChunk: (chunk) => chunks.push(chunk) },
  );
  expect(chunks).toContainEqual({ type: 'text-delta', text: 'pong' });
  expect(lastAsked()).toMatchObject([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'ping' },
    { role: 'assistant', content: 'pong' },
    { role: 'user', content: 'again' },
  ]);
  expect(await kept(pid)).toEqual([
    'system: Be brief.',
    'user: ping',
    'assistant: pong',
    'user: again',
    'assistant: pong',
  ]);
  await chat('elsewhere', { conversation: 'other' });
  expect(lastAsked()).toMatchObject([{ role: 'user', content: 'elsewhere' }]);
});

test('a tool call and its result are kept as they are', async () => {
  const { line, chat } = await startProcess();
  const tools = [{ name: 'look', inputSchema: { type: 'object' } }];
  const { message } = await chat('use the tool', { tools });
  await line.call('llm.chat', {
    messages: [{ role: 'tool', toolCallId: 'c1', toolName: 'look', content: 'seen' }],
    conversation: 'main',
    tools,
  });
  const { messages } = await line.call('context.read', {});
  expect(messages[1]).toEqual(message);
  expect(messages[2]).toMatchObject({ role: 'tool', toolCallId: 'c1' });
});

test('after an error of the model nothing was added', async () => {
  const { pid, chat } = await startProcess();
  await chat('ping');
  await expect(chat('broken')).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(await kept(pid)).toEqual(['user: ping', 'assistant: pong']);
  await chat('ping');
  expect(await kept(pid)).toHaveLength(4);
});

test('a second call while the first is under way is refused and asks nothing', async () => {
  const { pid, chat } = await startProcess();
  const asked = server.requests.length;
  const first = chat('slow');
  await server.requestAt(asked);
  await expect(chat('ping')).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('fork'),
  });
  await first;
  expect(server.requests).toHaveLength(asked + 1);
  expect(await kept(pid)).toEqual(['user: slow', 'assistant: at last']);
});

test('a conversation that is restored while the model answers stays as it was restored; the answer counts', async () => {
  const { pid, line, chat } = await startProcess();
  const { id: checkpoint } = await line.call('context.checkpoint', {});
  await chat('ping');
  const asked = server.requests.length;
  const answer = chat('slow');
  await server.requestAt(asked);
  await installation.session.call('context.restore', { checkpoint });
  await expect(answer).rejects.toMatchObject({ code: 'failed_precondition' });
  expect(await kept(pid)).toEqual([]);
  const { used } = await installation.session.call('process.get', { pid });
  expect(used.tokens).toBe(300);
  expect(used.usd).toBeCloseTo(0.015);
});

test('a cheaper model at the limit goes on from the conversation, too', async () => {
  const budget = { usd: 0.02, atLimit: 'cheaper_model' as const, cheaperModel: 'small' };
  const { pid, chat } = await startProcess({ budget });
  const models = [];
  for (const text of ['one', 'two', 'three']) {
    models.push((await chat(text, { model: 'large', maxTokens: 100 })).model);
  }
  expect(models).toContain('small');
  expect(await kept(pid)).toHaveLength(6);
});

test('a question that would make the conversation too large asks no model; a reply may go a little beyond', async () => {
  const { pid, chat } = await startProcess();
  await chat('x'.repeat(1900));
  expect(await kept(pid)).toHaveLength(2);
  const asked = server.requests.length;
  await expect(chat('one more')).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('context.max_bytes'),
  });
  expect(server.requests).toHaveLength(asked);
});

test('outside a process there is no conversation to go on from, and an agent needs the permission', async () => {
  const input = { messages: [{ role: 'user' as const, content: 'ping' }], conversation: 'main' };
  await expect(installation.session.call('llm.chat', input)).rejects.toMatchObject({
    code: 'failed_precondition',
  });
  for (const permissions of [['llm.chat'], ['llm.chat', 'context.read'], ['llm.chat', 'context.write']]) {
    const { chat } = await startProcess({ permissions });
    await expect(chat('ping')).rejects.toMatchObject({ code: 'permission_denied' });
  }
  const { chat } = await startProcess({ permissions: ['llm.chat', 'context.read', 'context.write'] });
  expect((await chat('ping')).message.content).toBe('pong');
});

test('a process forks into another one that goes on from its conversation', async () => {
  const { pid, line, chat } = await startProcess({ input: 'the same' });
  await chat('ping');
  const { pid: other, length } = await line.call('context.fork', { spawn: {} });
  expect(length).toBe(2);
  const { agent, input, parent } = await installation.session.call('process.get', { pid: other });
  expect({ agent, input, parent }).toEqual({ agent: 'waiter', input: 'the same', parent: pid });
  const child = installation.kernel.open(installation.token, { pid: other });
  await child.call('llm.chat', { messages: [{ role: 'user', content: 'more' }], conversation: 'main' });
  expect(lastAsked()).toMatchObject([{ content: 'ping' }, { content: 'pong' }, { content: 'more' }]);
  expect(await kept(pid)).toHaveLength(2);
  await expect(line.call('context.fork', { spawn: { agent: 'no-such' } })).rejects.toMatchObject({
    code: 'not_found',
  });
  const { line: bound } = await startProcess({ permissions: ['context.*'] });
  await expect(bound.call('context.fork', { spawn: {} })).rejects.toMatchObject({
    code: 'permission_denied',
  });
});

test('what a boot sweeps is counted in the metrics', async () => {
  const { session } = installation;
  const { pid } = await startProcess();
  const { id } = await session.call('context.checkpoint', { pid });
  await session.call('context.append', { pid, messages: [{ role: 'user', content: 'a' }] });
  const { before } = await session.call('context.restore', { checkpoint: id });
  if (before === undefined) throw new Error('Nothing was kept of the branch.');
  await session.call('context.delete', { checkpoint: before });
  await installation.reboot();
  await expect
    .poll(async () => (await installation.kernel.metrics()).body)
    .toMatch(/^aios_context_swept_total\{kind="message"\} 1$/m);
});
