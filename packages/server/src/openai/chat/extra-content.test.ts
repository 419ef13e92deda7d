import { firstOf, rules } from '@aios/testing';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../gateway.fixture.ts';

// What Gemini and Claude want back with the next turn, through OpenAI’s official client.

const call = { id: 'call_a', name: 'add', arguments: { a: 2 }, signature: 'c2lnbmVkIGNhbGw=' };
const script = firstOf(
  ({ messages }) => (messages.at(-1)?.role === 'user' ? undefined : { text: 'It is 5.' }),
  rules([/add/, { reasoning: 'A sum.', reasoningSignature: 'c2lnbmVkIHRob3VnaHQ=', toolCalls: [call] }]),
);
const tools = [
  { type: 'function' as const, function: { name: 'add', parameters: { type: 'object', properties: {} } } },
];
const question = { role: 'user' as const, content: 'add 2 and 3' };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway(script);
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Message = OpenAI.ChatCompletionMessage;

/** The first turn, whole or put together by the client from its deltas. */
async function ask(model: string, stream: boolean): Promise<Message> {
  const request = { model, messages: [question], tools, reasoning_effort: 'low' as const };
  const { completions } = gateway.client().chat;
  const { choices } = stream
    ? await completions.stream(request).finalChatCompletion()
    : await completions.create(request);
  const message = choices[0]?.message;
  if (message?.tool_calls?.[0] === undefined) throw new Error('The model called nothing.');
  return message;
}

async function answer(model: string, message: Message): Promise<string | null | undefined> {
  const id = message.tool_calls?.[0]?.id ?? '';
  const { choices } = await gateway.client().chat.completions.create({
    model,
    tools,
    reasoning_effort: 'low',
    messages: [question, message, { role: 'tool', tool_call_id: id, content: '5' }],
  });
  return choices[0]?.message.content;
}

describe.each([true, false])('streamed: %s', (stream) => {
  test('the signature of Gemini’s call stands where Google has it, and goes back', async () => {
    const message = await ask('gemini', stream);
    expect(message.tool_calls).toMatchObject([
      { function: { name: 'add' }, extra_content: { google: { thought_signature: call.signature } } },
    ]);
    const before = gateway.servers.gemini.requests.length;
    expect(await answer('gemini', message)).toBe('It is 5.');
    const { text } = await gateway.servers.gemini.requestAt(before);
    expect(text).toContain(`"thoughtSignature":"${call.signature}"`);
  });

  test('the signed thinking of Claude stands in the message, and goes back', async () => {
    const message = await ask('claude', stream);
    expect(message).toMatchObject({ extra_content: { aios: { provider: 'anthropic' } } });
    const before = gateway.servers.claude.requests.length;
    expect(await answer('claude', message)).toBe('It is 5.');
    const { text } = await gateway.servers.claude.requestAt(before);
    expect(text).toContain('"signature":"c2lnbmVkIHRob3VnaHQ="');
  });
});

test('the signature is on the delta that begins the call', async () => {
  const stream = await gateway
    .client()
    .chat.completions.create({ model: 'gemini', messages: [question], tools, stream: true });
  const deltas = (await Array.fromAsync(stream)).flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
  expect(deltas[0]).toMatchObject({
    index: 0,
    id: expect.any(String),
    extra_content: { google: { thought_signature: call.signature } },
  });
  expect(JSON.stringify(deltas).match(/thought_signature/g)).toHaveLength(1);
});

test('what one provider wanted back is not passed on to another of OpenAI’s format', async () => {
  const message = await ask('claude', false);
  const before = gateway.servers.gpt.requests.length;
  expect(await answer('gpt', message)).toBe('It is 5.');
  expect((await gateway.servers.gpt.requestAt(before)).text).not.toContain('extra_content');
});
