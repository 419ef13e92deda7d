import { type ChatMessage, type KernelEvent, permission, tenantId, userId } from '@aios/protocol';
import { always, firstOf, type Script, startAnthropicServer, startOpenAiServer } from '@aios/testing';
import { bootInstallation } from '@aios/testing/installation';
import { expect, test } from 'vitest';

// Through the whole kernel, with a vendor’s server that records what it is sent.

const windowTokens = 8000;

/** Answers those who want a summary, and says "fine" to all others. */
const script: Script = ({ messages }) => {
  const characters = messages.reduce((sum, { text }) => sum + text.length, 0);
  const isSummary = messages[0]?.text.startsWith('You summarise');
  return {
    text: isSummary ? 'They read files.' : 'fine',
    usage: { inputTokens: Math.ceil(characters / 4), outputTokens: 5 },
  };
};

async function setUp(model: object = {}, context: object = {}, answer: Script = script) {
  await using starting = new AsyncDisposableStack();
  const server = starting.use(await startOpenAiServer({ script: answer }));
  const entry = {
    name: 'small',
    backend: 'vllm',
    hostname: server.baseUrl,
    context_tokens: windowTokens,
    ...model,
  };
  const config = JSON.stringify({ llms: { models: [entry], retries: 0 }, context });
  const installation = starting.use(await bootInstallation({ config }));
  const events: KernelEvent[] = [];
  installation.kernel.events.subscribe((event) => events.push(event));
  const running = starting.move();
  return { server, installation, events, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

const fileText = (step: number) => `Line of file ${step}, with some words.\n`.repeat(150);

/** What an agent has behind it that read so many files; the first three it read twice. */
function longHistory(steps: number): ChatMessage[] {
  const messages: ChatMessage[] = [
    { role: 'system', content: 'You read files.' },
    { role: 'user', content: 'Read them all. The password is 1234.', pinned: true },
  ];
  for (let step = 0; step < steps; step += 1) {
    const id = `call-${step}`;
    const path = `/file-${step % 3 === 2 ? 0 : step}`;
    messages.push(
      { role: 'assistant', content: '', toolCalls: [{ id, name: 'storage.read', arguments: { path } }] },
      { role: 'tool', toolCallId: id, toolName: 'storage.read', content: fileText(step) },
    );
  }
  return messages;
}

/** What the model was asked; the kernel also looks which models there are. */
const questions = ({ server }: { server: { requests: readonly { method: string; body: unknown }[] } }) =>
  server.requests.filter(({ method }) => method === 'POST');

const wireMessages = (body: unknown) =>
  (body as { messages: { role: string; content: string | null; tool_calls?: { id: string }[] }[] }).messages;

test('a history that is longer than the window is made to fit, and what was moved out is read back', async () => {
  await using run = await setUp({}, { page_min_tokens: 500 });
  const { session } = run.installation;
  const messages = longHistory(20);
  const reply = await session.call('llm.chat', { messages });
  expect(reply.message.content).toBe('fine');
  const { context } = reply;
  expect(context).toMatchObject({ windowTokens, source: 'estimate', truncated: 0 });
  expect(context?.tokensBefore).toBeGreaterThan(2 * windowTokens);
  expect(context?.tokensAfter).toBeLessThan(windowTokens);
  expect(context?.superseded).toBeGreaterThan(0);

  const sent = wireMessages(questions(run).at(-1)?.body);
  expect(sent[0]?.content).toBe('You read files.');
  expect(sent.some(({ content }) => content?.includes('The password is 1234.'))).toBe(true);
  expect(JSON.stringify(sent)).not.toContain('pinned');
  expect(run.events.filter(({ type }) => type === 'context-fitted')).toMatchObject([
    { model: 'small', context: { windowTokens } },
  ]);

  const [page] = context?.paged ?? [];
  expect(page?.toolName).toBe('storage.read');
  const id = page?.id ?? '';
  expect(JSON.stringify(sent)).toContain(id);
  const first = await session.call('context.page', { id, limit: 100 });
  expect(first).toMatchObject({ toolName: 'storage.read', offset: 0, nextOffset: 100 });
  let whole = first.content;
  for (let offset = first.nextOffset; offset !== undefined; ) {
    const part = await session.call('context.page', { id, offset, limit: 4000 });
    whole += part.content;
    offset = part.nextOffset;
  }
  expect(messages.map(({ content }) => content)).toContain(whole);
  await run.installation.reboot();
  expect((await run.installation.session.call('context.page', { id })).content).toBe(whole);
  // An agent reads it as a tool.
  const { tools } = await run.installation.session.call('tool.list', {});
  expect(tools.map(({ name }) => name)).toContain('context.page');
});

test('a page is of the caller alone, and who may not read pages gets none', async () => {
  await using run = await setUp({}, { page_min_tokens: 500 });
  const { installation } = run;
  const lineOf = async (name: string, user: string, permissions?: string[]) => {
    const { token } = await installation.session.call('key.create', {
      name,
      user: userId.parse(user),
      ...(permissions && { permissions: permissions.map((text) => permission.parse(text)) }),
    });
    return installation.kernel.open(token);
  };
  const anna = await lineOf('anna', 'anna');
  const messages = longHistory(20);
  const { context } = await anna.call('llm.chat', { messages });
  const [page] = context?.paged ?? [];
  const id = page?.id ?? '';
  expect((await anna.call('context.page', { id })).content).toContain('Line of file');
  const { token } = await installation.session.call('key.create', {
    name: 'other',
    tenant: tenantId.parse('other'),
    user: userId.parse('anna'),
  });
  const strangers = [
    installation.session,
    installation.kernel.open(token),
    await lineOf('bert', 'bert'),
    await lineOf('anna again', 'anna'),
  ];
  for (const line of strangers) {
    await expect(line.call('context.page', { id })).rejects.toMatchObject({ code: 'not_found' });
  }
  const mute = await lineOf('mute', 'anna', ['llm.chat']);
  await expect(mute.call('context.page', { id })).rejects.toMatchObject({ code: 'permission_denied' });
  const reply = await mute.call('llm.chat', { messages });
  expect(reply.context?.paged).toEqual([]);
  expect(reply.context?.tokensAfter).toBeLessThan(windowTokens);
});

test('the oldest turns are summarised once, as a batch call on the budget of the caller, also after a restart', async () => {
  // Counted exactly, so that nothing is learned that changes the second call.
  await using run = await setUp({ model: 'gpt-4o' });
  const { installation } = run;
  const permissions = ['llm.chat'].map((text) => permission.parse(text));
  const budget = { tokens: 1_000_000, calls: 10 };
  const { token, key } = await installation.session.call('key.create', { name: 'k', permissions, budget });
  const messages = longHistory(12);
  const { context } = await installation.kernel.open(token).call('llm.chat', { messages });
  expect(context).toMatchObject({ paged: [], truncated: 0 });
  expect(context?.summarised).toBeGreaterThan(4);
  const asked = questions(run).length;
  const sent = JSON.stringify(questions(run).at(-1)?.body);
  expect(sent).toContain('They read files.');

  const settled = run.events
    .filter((event) => event.type === 'syscall-settled')
    .filter(({ name }) => name === 'llm.chat');
  expect(settled).toHaveLength(asked);
  expect(settled.slice(0, -1)).toMatchObject(Array(asked - 1).fill({ parentCall: expect.any(String) }));
  const { quotas } = await installation.session.call('quota.list', {});
  const used = quotas.filter(({ name, dimension }) => name === key.id && dimension === 'tokens');
  const tokens = settled.map(({ usage }) => (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0));
  expect(used).toMatchObject([{ used: tokens.reduce((sum, count) => sum + count) }]);

  const { body } = await installation.kernel.metrics();
  expect(body).toMatch(/aios_queue_wait_seconds_count\{[^}]*class="batch"[^}]*\} [1-9]/);

  await installation.reboot();
  const again = await installation.kernel.open(token).call('llm.chat', { messages });
  expect(again.context).toEqual(context);
  expect(questions(run)).toHaveLength(asked + 1);
  expect(JSON.stringify(questions(run).at(-1)?.body)).toBe(sent);
});

test('where no summary can be had in time, the oldest turns are left out and said so', async () => {
  const failing: Script = firstOf(
    ({ messages }) =>
      messages[0]?.text.startsWith('You summarise')
        ? { fault: { kind: 'status', status: 500, message: 'No summaries today' } }
        : undefined,
    always({ text: 'fine' }),
  );
  await using run = await setUp({}, {}, failing);
  const reply = await run.installation.session.call('llm.chat', {
    messages: longHistory(12),
    context: { strategies: ['summarise'] },
  });
  expect(reply.context?.summarised).toBe(0);
  expect(reply.context?.truncated).toBeGreaterThan(4);
  expect(JSON.stringify(questions(run).at(-1)?.body)).toContain('earlier messages were left out');
});

test('a history that fits goes out as it came, and one that may not be changed is refused', async () => {
  await using run = await setUp();
  const { session } = run.installation;
  const short = longHistory(2);
  const reply = await session.call('llm.chat', { messages: short });
  expect(reply.context).toBeUndefined();
  expect(wireMessages(questions(run).at(-1)?.body).map(({ content }) => content ?? '')).toEqual(
    short.map(({ content }) => content),
  );
  const refused = session.call('llm.chat', { messages: longHistory(20), context: { strategies: [] } });
  await expect(refused).rejects.toMatchObject({
    code: 'failed_precondition',
    details: { missing: 'context_tokens' },
  });
  const pinned = longHistory(20).map((message) => ({ ...message, pinned: true }));
  await expect(session.call('llm.chat', { messages: pinned })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(/must stay .* has a window of 8000/),
  });
  expect(questions(run)).toHaveLength(1);
});

test('a model that stands in gets what fits into its own window', async () => {
  await using failing = await startOpenAiServer({
    script: always({ fault: { kind: 'status', status: 503, message: 'Out of order' } }),
  });
  await using server = await startOpenAiServer({ script });
  const model = { backend: 'vllm', concurrency: 1 };
  const models = [
    { ...model, name: 'first', hostname: failing.baseUrl, context_tokens: 20_000 },
    { ...model, name: 'second', hostname: server.baseUrl, context_tokens: 6000 },
  ];
  const config = JSON.stringify({ llms: { models, retries: 0 }, context: { strategies: ['truncate'] } });
  await using installation = await bootInstallation({ config });
  const reply = await installation.session.call('llm.chat', { messages: longHistory(20) });
  expect(reply).toMatchObject({ model: 'second', context: { windowTokens: 6000 } });
  const asked = [failing, server].map((one) => JSON.stringify(questions({ server: one }).at(-1)?.body));
  expect(asked[1]?.length).toBeLessThan(asked[0]?.length ?? 0);
});

test('what must stay takes the room of the reply where it has to', async () => {
  await using run = await setUp();
  const { session } = run.installation;
  // Some 7,000 tokens: less than the window, more than it leaves beside a usual reply.
  const content = 'word and word '.repeat(2300);
  const messages = [{ role: 'user' as const, content }];
  const reply = await session.call('llm.chat', { messages });
  expect(reply.context).toBeUndefined();
  const refused = session.call('llm.chat', { messages, maxTokens: 2000 });
  await expect(refused).rejects.toMatchObject({ code: 'failed_precondition' });
});

test('a window that nobody knew is learned from what the provider says, and the call is made to fit', async () => {
  const text =
    "This model's maximum context length is 8000 tokens. However, you requested 30000 tokens. Please reduce the length.";
  const script: Script = ({ messages }) =>
    messages.reduce((sum, { text: said }) => sum + said.length, 0) > 30_000
      ? { fault: { kind: 'status', status: 400, message: text } }
      : { text: 'fine' };
  await using run = await setUp({ context_tokens: undefined }, {}, script);
  const { session } = run.installation;
  const reply = await session.call('llm.chat', { messages: longHistory(20) });
  expect(reply.context).toMatchObject({ windowTokens: 8000 });
  expect(questions(run)).toHaveLength(2);
  const { models } = await session.call('llm.models', {});
  expect(models).toMatchObject([{ contextTokens: 8000 }]);
});

test('a stream tells first what was done', async () => {
  await using run = await setUp();
  const types: string[] = [];
  await run.installation.session.call(
    'llm.chat',
    { messages: longHistory(12) },
    { onChunk: ({ type }) => types.push(type) },
  );
  expect(types[0]).toBe('context-fitted');
  expect(types).toContain('text-delta');
});

test('Anthropic is told what to keep in its cache: tools, system prompt, the last two turns', async () => {
  await using server = await startAnthropicServer({ script: always({ text: 'fine' }) });
  const model = { name: 'claude', backend: 'anthropic', hostname: server.baseUrl, api_key: 'k' };
  await using installation = await bootInstallation({
    config: JSON.stringify({ llms: { models: [model] } }),
  });
  const tools = ['a', 'b'].map((name) => ({ name, inputSchema: { type: 'object' } }));
  await installation.session.call('llm.chat', { messages: longHistory(3), tools });
  const body = JSON.stringify(server.requests[0]?.body);
  expect(body.match(/"cache_control":\{"type":"ephemeral"\}/g)).toHaveLength(4);
  expect(body).toMatch(/"name":"b"[^{}]*(\{[^{}]*\}[^{}]*)*"cache_control"/);
});
