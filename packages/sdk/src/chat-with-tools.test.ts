import { AiosError, type ChatReply, type JsonValue, type SyscallChannel } from '@aios/protocol';
import { expect, test } from 'vitest';
import { createClient } from './aios.ts';
import { chatWithTools } from './chat-with-tools.ts';

type Answer = (input: never) => JsonValue | Promise<JsonValue>;

/** A client whose calls are answered by these functions. */
function scripted(answers: Record<string, Answer>) {
  const calls: { name: string; input: unknown }[] = [];
  const call = async (name: string, input: never) => {
    calls.push({ name, input: structuredClone(input) });
    return await answers[name]?.(input);
  };
  return { calls, aios: createClient({ call } as unknown as SyscallChannel) };
}

function says(content: string, ...toolCalls: [string, string, Record<string, JsonValue>][]): ChatReply {
  const calls = toolCalls.map(([id, name, args]) => ({ id, name, arguments: args }));
  return {
    message: { role: 'assistant', content, ...(calls.length > 0 && { toolCalls: calls }) },
    finishReason: calls.length > 0 ? 'tool_calls' : 'stop',
    model: 'm',
    provider: 'p',
    usage: { inputTokens: 1, outputTokens: 1, source: 'provider' },
  };
}

const tool = (name: string) => ({ name, description: '', inputSchema: {} });
const messages = [{ role: 'user' as const, content: 'What is 2 + 3?' }];

/** Answers llm.chat with these replies, one after the other. */
function replies(...list: ChatReply[]): Answer {
  return () => JSON.parse(JSON.stringify(list.shift()));
}

test('carries out what the model asks for and hands the results back until it answers', async () => {
  const { aios, calls } = scripted({
    'llm.chat': replies(
      says('', ['1', 'add', { a: 2, b: 3 }], ['2', 'note', { text: 'x' }]),
      says('It is 5.'),
    ),
    'tool.call': ({ name }: { name: string }) => ({ result: name === 'add' ? { sum: 5 } : 'noted' }),
  });
  const result = await chatWithTools(aios, { messages, tools: [tool('add'), tool('note')], model: 'm' });
  expect(result.reply.message.content).toBe('It is 5.');
  expect(result.messages.map((message) => message.role)).toEqual([
    'user',
    'assistant',
    'tool',
    'tool',
    'assistant',
  ]);
  expect(result.messages[2]).toMatchObject({ toolCallId: '1', toolName: 'add', content: '{"sum":5}' });
  expect(result.messages[3]).toMatchObject({ toolCallId: '2', content: 'noted' });
  expect(result.outcomes).toMatchObject([{ result: { sum: 5 } }, { result: 'noted' }]);
  expect(calls[0]).toMatchObject({ input: { model: 'm', tools: [{ name: 'add' }, { name: 'note' }] } });
});

test('with a kept conversation each message is sent once', async () => {
  const { aios, calls } = scripted({
    'llm.chat': replies(says('', ['1', 'add', { a: 2, b: 3 }]), says('It is 5.')),
    'tool.call': () => ({ result: 5 }),
  });
  const result = await chatWithTools(aios, { messages, tools: [tool('add')], conversation: 'main' });
  const chats = calls.filter(({ name }) => name === 'llm.chat').map(({ input }) => input);
  expect(chats).toMatchObject([
    { conversation: 'main', messages: [{ role: 'user' }] },
    { conversation: 'main', messages: [{ role: 'tool', content: '5' }] },
  ]);
  expect(result.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
});

test('the calls of one reply run at the same time', async () => {
  const both = Promise.withResolvers<JsonValue>();
  let running = 0;
  const { aios } = scripted({
    'llm.chat': replies(says('', ['1', 'add', {}], ['2', 'add', {}]), says('done')),
    'tool.call': () => {
      running += 1;
      if (running === 2) both.resolve({ result: 1 });
      return both.promise;
    },
  });
  expect((await chatWithTools(aios, { messages, tools: [tool('add')] })).outcomes).toHaveLength(2);
});

test('a failing tool, an unknown one and malformed arguments go back to the model as results', async () => {
  const asked = says('', ['1', 'add', {}], ['2', 'made-up', {}], ['3', 'add', {}]);
  const third = asked.message.toolCalls?.[2];
  if (third) third.malformed = '{"a": 2';
  const { aios, calls } = scripted({
    'llm.chat': replies(asked, says('I cannot.')),
    'tool.call': () => Promise.reject(new AiosError('permission_denied', 'Not granted.')),
  });
  const { messages: transcript, outcomes } = await chatWithTools(aios, { messages, tools: [tool('add')] });
  const results = transcript.filter((message) => message.role === 'tool').map((message) => message.content);
  expect(results[0]).toBe('Error (permission_denied): Not granted.');
  expect(results[1]).toMatch(/no tool "made-up".*add/);
  expect(results[2]).toContain('{"a": 2');
  expect(outcomes.map((outcome) => outcome.error?.code)).toEqual([
    'permission_denied',
    'not_found',
    'invalid_argument',
  ]);
  expect(calls.filter((call) => call.name === 'tool.call')).toHaveLength(1);
});

test('a model that never stops asking is stopped', async () => {
  const { aios, calls } = scripted({
    'llm.chat': () => JSON.parse(JSON.stringify(says('', ['1', 'add', {}]))),
    'tool.call': () => ({ result: 1 }),
  });
  await expect(chatWithTools(aios, { messages, tools: [tool('add')], maxTurns: 3 })).rejects.toMatchObject({
    code: 'quota_exceeded',
    message: expect.stringContaining('3 turns'),
  });
  expect(calls.filter((call) => call.name === 'llm.chat')).toHaveLength(3);
});

test('what no later call can survive is thrown: an empty budget, a kill', async () => {
  const empty = scripted({
    'llm.chat': replies(says('', ['1', 'add', {}])),
    'tool.call': () => Promise.reject(new AiosError('quota_exceeded', 'No calls left.')),
  });
  await expect(chatWithTools(empty.aios, { messages, tools: [tool('add')] })).rejects.toThrow(
    'No calls left.',
  );
  const controller = new AbortController();
  const killed = scripted({
    'llm.chat': replies(says('', ['1', 'add', {}])),
    'tool.call': () => {
      controller.abort();
      return Promise.reject(new AiosError('internal', 'the tool noticed'));
    },
  });
  const run = chatWithTools(killed.aios, { messages, tools: [tool('add')], signal: controller.signal });
  await expect(run).rejects.toThrow('the tool noticed');
});
