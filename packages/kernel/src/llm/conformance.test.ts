import {
  type AiosError,
  type ChatRequest,
  type JsonObject,
  type ToolSpecification,
  toAiosError,
} from '@aios/protocol';
import { always, type ScriptedTurn, sequence, structured } from '@aios/testing';
import { describe, expect, test } from 'vitest';
import { describeChatConformance, streamed } from './conformance.ts';
import { conformanceKey, hasServer, type ProviderUnderTest, startProvider } from './conformance-server.ts';
import type { Provider } from './providers/provider.ts';
import { providers } from './providers/table.ts';

// Every provider of the table, through its real adapter, before a server that speaks its wire format.

const { signal } = new AbortController();
const request: ChatRequest = { messages: [{ role: 'user', content: 'Hello there' }] };
const tool: ToolSpecification = {
  name: 'storage.search',
  description: 'Find passages.',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};
const searchTool: ToolSpecification = { ...tool, name: 'documents.search' };
const withTools: ChatRequest = { ...request, tools: [tool] };
const personSchema: JsonObject = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
};
const person = { name: 'Ada', age: 36 };
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

const tested = [...providers.values()].filter(hasServer);

test('every provider that is asked over the network is tested', () => {
  const left = [...providers.values()].filter((provider) => !hasServer(provider)).map(({ name }) => name);
  expect(left).toEqual(['huggingface-local', 'offline']);
});

describe.each(tested.map((provider) => ({ name: provider.name, provider })))(
  '$name',
  ({ name, provider }) => {
    const start = (turn: ScriptedTurn) => startProvider(provider, { script: always(turn) });
    const call = { name: 'documents_search', arguments: { query: 'what a core has' } };

    describeChatConformance(name, {
      sayingSomething: () =>
        start({ text: ['It has', ' a', ' queue'], usage: { inputTokens: 9, outputTokens: 3 } }),
      callingTool: () => start({ toolCalls: [call] }),
    });

    test('sampling, limits and stop reach the model, or the reply says which did not', async () => {
      await using under = await start({ text: 'ok' });
      const settings = { temperature: 0.37, topP: 0.83, maxTokens: 77, stop: ['ENOUGH'], seed: 4711 };
      const { metadata } = await under.driver.chat({ ...request, ...settings }, { signal });
      const body = JSON.stringify(under.server.requests[0]?.body);
      const warnings = JSON.stringify(metadata ?? {});
      const sent = { temperature: '0.37', topP: '0.83', maxTokens: '77', stop: 'ENOUGH', seed: '4711' };
      for (const [setting, value] of Object.entries(sent)) {
        expect(body.includes(value) || warnings.includes(setting), `${setting} in ${body}`).toBe(true);
      }
    });

    test('parallel tool calls come under our names, streamed and whole', async () => {
      const toolCalls = [
        { id: 'call00001', name: 'storage_search', arguments: { query: 'a' } },
        { id: 'call00002', name: 'storage_search', arguments: { query: 'b' } },
      ];
      await using under = await start({ toolCalls });
      const whole = await under.driver.chat(withTools, { signal });
      const { reply, chunks } = await streamed(under.driver, withTools);
      for (const { message, finishReason } of [whole, reply]) {
        expect(message.toolCalls).toMatchObject([
          { name: tool.name, arguments: { query: 'a' } },
          { name: tool.name, arguments: { query: 'b' } },
        ]);
        expect(finishReason).toBe('tool_calls');
      }
      const [first, second] = reply.message.toolCalls ?? [];
      expect(first?.id).not.toBe(second?.id);
      const textOf = (id: string | undefined) =>
        chunks
          .map((chunk) => (chunk.type === 'tool-call-delta' && chunk.id === id ? chunk.argumentsText : ''))
          .join('');
      expect([textOf(first?.id), textOf(second?.id)].map((text) => JSON.parse(text))).toEqual([
        { query: 'a' },
        { query: 'b' },
      ]);
    });

    test('a forced tool is forced, or the reply says that it cannot be', async () => {
      await using under = await start({ toolCalls: [{ name: 'storage_search', arguments: { query: 'a' } }] });
      const { metadata } = await under.driver.chat(
        { ...withTools, toolChoice: { tool: tool.name } },
        { signal },
      );
      const body = JSON.stringify(under.server.requests[0]?.body ?? {});
      const isForced =
        /"(tool_choice|toolChoice|toolConfig)":.*storage_search/.test(body) ||
        /"tool_choice":"(any|required)"/.test(body);
      expect(isForced || JSON.stringify(metadata ?? {}).includes('toolChoice'), body).toBe(true);
    });

    test('a reply in JSON of a schema comes parsed, streamed and whole', async () => {
      await using under = await startProvider(provider, { script: structured(person) });
      const asked: ChatRequest = {
        ...request,
        responseFormat: { type: 'json_schema', name: 'person', schema: personSchema },
      };
      const whole = await under.driver.chat(asked, { signal });
      const { reply, chunks } = await streamed(under.driver, asked);
      expect([whole.json, reply.json]).toEqual([person, person]);
      const text = chunks.map((chunk) => (chunk.type === 'text-delta' ? chunk.text : '')).join('');
      expect(JSON.parse(text)).toEqual(person);
      const isNative = provider.capabilities.includes('json');
      expect(whole.emulated ?? []).toEqual(isNative ? [] : ['json']);
      expect(JSON.stringify(under.server.requests[0]?.body)).toContain('age');
    });

    test('any JSON object can be asked for', async () => {
      await using under = await startProvider(provider, { script: structured({ anything: 'goes' }) });
      const reply = await under.driver.chat(
        { ...request, responseFormat: { type: 'json_object' } },
        { signal },
      );
      expect(reply.json).toEqual({ anything: 'goes' });
      expect(JSON.stringify(under.server.requests[0]?.body)).toContain('JSON');
    });

    test('one tool call at most is asked for, or the reply says that it cannot be', async () => {
      await using under = await start({ toolCalls: [{ name: 'storage_search', arguments: { query: 'a' } }] });
      const { metadata } = await under.driver.chat({ ...withTools, parallelToolCalls: false }, { signal });
      const sent = JSON.stringify(under.server.requests[0]?.body);
      const isSent = /parallel_tool_calls":false|disable_parallel_tool_use":true/.test(sent);
      expect(isSent || JSON.stringify(metadata ?? {}).includes('parallelToolCalls'), sent).toBe(true);
    });

    test('of several calls the first alone is delivered where one was asked for, whole and streamed', async () => {
      const toolCalls = ['a', 'b'].map((query, index) => ({
        id: `call0000${index}`,
        name: 'storage_search',
        arguments: { query },
      }));
      await using under = await start({ toolCalls });
      const asked = { ...withTools, parallelToolCalls: false };
      const whole = await under.driver.chat(asked, { signal });
      const { reply, chunks } = await streamed(under.driver, asked);
      for (const { message, emulated } of [whole, reply]) {
        expect(message.toolCalls).toMatchObject([{ name: tool.name, arguments: { query: 'a' } }]);
        expect(emulated).toEqual(['single_tool_call']);
      }
      const ids = chunks.flatMap((chunk) => ('id' in chunk ? [chunk.id] : []));
      expect(new Set(ids)).toEqual(new Set([reply.message.toolCalls?.[0]?.id]));
    });

    test('what the provider says of its limits comes with the reply', async () => {
      const limits = { requests: { limit: 60, remaining: 59, resetMs: 1000 } };
      await using under = await start({ text: 'ok', limits });
      const whole = await under.driver.chat(request, { signal });
      const { reply } = await streamed(under.driver, request);
      const tells = !['gemini', 'bedrock', 'ollama', 'huggingface'].includes(name);
      for (const one of [whole, reply]) {
        expect(one.limits?.requests?.remaining).toBe(tells ? 59 : undefined);
      }
    });

    test('a wrong reply in JSON is put right once more asked', async () => {
      const script = sequence({ text: '{"name":"Ada"}' }, { text: JSON.stringify(person) });
      await using under = await startProvider(provider, { script });
      const asked: ChatRequest = {
        ...request,
        responseFormat: { type: 'json_schema', name: 'person', schema: personSchema },
      };
      const reply = await under.driver.chat(asked, { signal });
      expect(reply).toMatchObject({ json: person, emulated: ['json'] });
      expect(under.server.requests).toHaveLength(2);
    });

    test('an image reaches the model', async () => {
      await using under = await start({ text: 'a dot' });
      const content = [
        { type: 'text' as const, text: 'What is this?' },
        { type: 'image' as const, mediaType: 'image/png', data: pixel },
      ];
      await under.driver.chat({ messages: [{ role: 'user', content }] }, { signal });
      expect(JSON.stringify(under.server.requests[0]?.body)).toContain(pixel);
    });

    test('usage has what was cached and what was thought', async () => {
      const usage = { inputTokens: 100, outputTokens: 50, cachedInputTokens: 40, reasoningTokens: 20 };
      await using under = await start({ text: 'ok', usage });
      const whole = await under.driver.chat(request, { signal });
      const { reply } = await streamed(under.driver, request);
      for (const one of [whole, reply]) {
        expect(one.usage).toMatchObject({ inputTokens: 100, outputTokens: 50, source: 'provider' });
        expect(one.usage.cachedInputTokens).toBe(provider.dialect === 'ollama' ? undefined : 40);
        expect(one.usage.reasoningTokens).toBe(
          ['ollama', 'mistral', 'bedrock'].includes(provider.dialect) ? undefined : 20,
        );
      }
    });

    test('reasoning comes apart from the answer', async () => {
      await using under = await start({ reasoning: ['Let me', ' see'], text: ['Fine', ' then'] });
      const asked: ChatRequest = { ...request, reasoningEffort: 'low' };
      const { reply, chunks } = await streamed(under.driver, asked);
      const whole = await under.driver.chat(asked, { signal });
      const thought = chunks.map((chunk) => (chunk.type === 'reasoning-delta' ? chunk.text : '')).join('');
      const expected = under.omitsReasoning ? undefined : 'Let me see';
      expect([whole.message.content, reply.message.content]).toEqual(['Fine then', 'Fine then']);
      expect([whole.message.reasoning, reply.message.reasoning]).toEqual([expected, expected]);
      expect(thought).toBe(expected ?? '');
    });

    test('thinking before a tool call goes back to those who want it, signed where they signed it', async () => {
      const turn = {
        reasoning: 'Let me see',
        toolCalls: [{ ...call, id: 'call00001', signature: 'signed' }],
      };
      await using under = await start(turn);
      const asked: ChatRequest = { ...request, tools: [searchTool], reasoningEffort: 'low' };
      const { reply } = await streamed(under.driver, asked);
      const [made] = reply.message.toolCalls ?? [];
      const toolName = searchTool.name;
      const result = { role: 'tool' as const, toolCallId: made?.id ?? '', toolName, content: 'found' };
      const messages = [...request.messages, reply.message, result];
      await under.driver.chat({ ...asked, messages }, { signal });
      const signs = ['anthropic', 'openai-responses', 'bedrock'].includes(provider.dialect);
      expect(reply.message.providerData !== undefined).toBe(signs);
      expect(made?.providerData !== undefined).toBe(
        ['google', 'openai-responses'].includes(provider.dialect),
      );
      const sent = JSON.stringify(under.server.requests.at(-1)?.body);
      expect(sent.includes('Let me see')).toBe(signs || provider.quirks.replayReasoning === true);
    });

    test('each piece is passed on before the next one comes, and cancelling reaches the server', async () => {
      await using under = await start({
        text: ['first', ' second'],
        fault: { kind: 'stall', afterPieces: 1 },
      });
      const controller = new AbortController();
      const call = under.driver.chat(request, {
        signal: controller.signal,
        emit: (chunk) => chunk.type === 'text-delta' && chunk.text === 'first' && controller.abort(),
      });
      expect((await failure(call)).code).toBe('cancelled');
      await (await under.server.requestAt(0)).disconnected;
    });

    test('a whole reply that is awaited can be cancelled', async () => {
      await using under = await start({ text: 'late', fault: { kind: 'stall', afterPieces: 0 } });
      const controller = new AbortController();
      const call = under.driver.chat(request, { signal: controller.signal });
      const { disconnected } = await under.server.requestAt(0);
      controller.abort();
      expect((await failure(call)).code).toBe('cancelled');
      await disconnected;
    });

    test.each([
      [400, 'invalid_argument'],
      [402, 'quota_exceeded'],
      [403, 'failed_precondition'],
      [404, 'not_found'],
      [408, 'unavailable'],
      [409, 'unavailable'],
      [429, 'rate_limited'],
      [500, 'unavailable'],
      [503, 'unavailable'],
    ])('HTTP %i is %s, said in the provider’s words, once', async (status, code) => {
      const message = `because of ${conformanceKey}!`;
      await using under = await start({ fault: { kind: 'status', status, message } });
      const error = await failure(under.driver.chat(request, { signal }));
      expect(error).toMatchObject({ code, details: { status, provider: provider.name } });
      expect(error.message).toContain('because of [secret]!');
      expect(under.server.requests).toHaveLength(1);
    });

    test('a rate limit says how long to wait', async () => {
      await using under = await start({
        fault: { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      });
      const error = await failure(streamed(under.driver, request));
      expect(error).toMatchObject({
        code: 'rate_limited',
        details: { retryAfterMs: 7000, limits: { retryAfterMs: 7000 } },
      });
    });

    test('a model that the provider does not know is not_found', async () => {
      await using under = await startProvider(provider, { script: always({}) }, { model: 'nobody-knows-it' });
      const error = await failure(under.driver.chat(request, { signal }));
      expect(error).toMatchObject({ code: 'not_found', message: expect.stringContaining('nobody-knows-it') });
    });

    test('embeddings are as many as the texts, or the provider says that it makes none', async () => {
      await using under = await start({});
      const made = under.driver.embed({ texts: ['a queue', 'a core', 'a queue'] }, { signal });
      if (['anthropic', 'groq', 'deepseek'].includes(provider.dialect)) {
        expect(await failure(made)).toMatchObject({ code: 'failed_precondition' });
        return;
      }
      const { vectors, usage } = await made;
      expect(vectors).toHaveLength(3);
      expect(vectors[0]).toEqual(vectors[2]);
      expect(usage.inputTokens).toBeGreaterThan(0);
    });

    test('an error page is quoted', async () => {
      const body = '<h1>Bad gateway</h1>';
      await using under = await start({ fault: { kind: 'status', status: 502, body } });
      const error = await failure(under.driver.chat(request, { signal }));
      expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining(body) });
    });

    test.each(['cut', 'unfinished', 'malformed', 'error'] as const)(
      'a stream that is broken (%s) is unavailable and had begun',
      async (kind) => {
        const fault = { kind, afterPieces: 1, message: 'overloaded' } as const;
        await using under = await start({ text: ['one', ' two', ' three'], fault });
        const error = await failure(streamed(under.driver, request));
        expect(error).toMatchObject({ code: 'unavailable', details: { begun: true } });
        if (kind === 'error') expect(error.message).toContain('overloaded');
      },
    );

    test.each(['cut', 'malformed'] as const)(
      'a whole reply that is broken (%s) is unavailable',
      async (kind) => {
        await using under = await start({ text: ['one', ' two'], fault: { kind, afterPieces: 0 } });
        expect((await failure(under.driver.chat(request, { signal }))).code).toBe('unavailable');
      },
    );

    test('a server that is not there is unavailable', async () => {
      const under: ProviderUnderTest = await start({});
      await under.server.close();
      const error = await failure(under.driver.chat(request, { signal }));
      expect(error).toMatchObject({ code: 'unavailable', details: { unreachable: true } });
      expect(error.message).toContain(`Cannot reach ${provider.label}`);
    });

    if (needsKey(provider)) {
      test('a wrong key is the operator’s matter and stays secret', async () => {
        const key = 'sk-wrong-9876543210';
        await using under = await startProvider(provider, { script: always({ text: 'x' }) }, { key });
        const error = await failure(streamed(under.driver, request));
        expect(error).toMatchObject({ code: 'failed_precondition', disposition: 'operator' });
        expect(JSON.stringify([error.toProblem(), error.stack])).not.toContain('9876543210');
      });
    }
  },
);

function needsKey({ dialect }: Provider): boolean {
  return dialect !== 'ollama';
}

async function failure(call: Promise<unknown>): Promise<AiosError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => toAiosError(thrown),
  );
  if (error === undefined) throw new Error('The call should have failed.');
  expect(JSON.stringify([error.toProblem(), error.stack, String(error.cause)])).not.toContain(conformanceKey);
  return error;
}
