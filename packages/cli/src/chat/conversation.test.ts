import { AiosError, type ChatReply } from '@aios/protocol';
import type { Client } from '@aios/sdk';
import { expect, test } from 'vitest';
import { Conversation } from './conversation.ts';
import { formatCost, usageLine } from './write-reply.ts';

type Chat = Client['llm']['chat'];
const signal = new AbortController().signal;

function reply(content: string): ChatReply {
  const usage = { inputTokens: 1200, outputTokens: 34, source: 'provider' as const };
  return { message: { role: 'assistant', content }, finishReason: 'stop', model: 'm', provider: 'p', usage };
}

/** A client whose model answers with these, one after the other, and what it was asked. */
function scripted(...answers: (ChatReply | AiosError)[]) {
  const asked: Parameters<Chat>[0][] = [];
  const chat: Chat = async (request, options) => {
    asked.push(request);
    const answer = answers.shift();
    if (AiosError.isInstance(answer)) {
      if (answer.code === 'cancelled') options?.onChunk?.({ type: 'text-delta', text: 'half an' });
      throw answer;
    }
    return answer ?? reply('');
  };
  return { asked, client: { llm: { chat } } };
}

test('each question carries what was said before, to the model that is chosen now', async () => {
  const { asked, client } = scripted(reply('one'), reply('two'), reply('three'));
  const conversation = new Conversation(client, { system: 'be brief' });
  await conversation.ask('first', { signal });
  conversation.model = 'other';
  await conversation.ask('second', { signal });
  expect(asked.map(({ model }) => model)).toEqual([undefined, 'other']);
  expect(asked[1]?.messages.map(({ content }) => content)).toEqual(['be brief', 'first', 'one', 'second']);
  conversation.clear();
  await conversation.ask('third', { signal });
  expect(asked[2]?.messages.map(({ content }) => content)).toEqual(['be brief', 'third']);
});

test('a failed question is forgotten; a reply that was cut off is remembered as far as it came', async () => {
  const { asked, client } = scripted(
    new AiosError('unavailable', 'down'),
    new AiosError('cancelled', 'Ctrl-C'),
    reply('fine'),
  );
  const conversation = new Conversation(client, {});
  await expect(conversation.ask('lost', { signal })).rejects.toThrow('down');
  await expect(conversation.ask('cut', { signal })).rejects.toThrow('Ctrl-C');
  await conversation.ask('next', { signal });
  expect(asked[2]?.messages.map(({ content }) => content)).toEqual(['cut', 'half an', 'next']);
});

test('after a reply stands what it used', () => {
  expect(usageLine({ ...reply(''), costUsd: 0.00123 }, 1240)).toBe(
    'm (p), 1,200 + 34 tokens, $0.0012, 1.24 s',
  );
  expect(usageLine({ ...reply(''), finishReason: 'length' }, 5)).toContain('cut off');
});

test.each([
  [0, '$0'],
  [0.000_001_26, '$0.0000013'],
  [0.0456, '$0.046'],
  [0.1, '$0.10'],
  [12.345, '$12.35'],
])('%d dollars read %s', (usd, text) => {
  expect(formatCost(usd)).toBe(text);
});
