import type { ChatChunk, ChatMessage, ChatRequest, ToolSpecification } from '@aios/protocol';
import { expect, test } from 'vitest';
import type { Driver, DriverReply } from './driver.ts';

// What every driver must do, whatever answers behind it. A test file of a driver calls this with a subject that makes the
// model do what is named.

export interface ConformanceSubject {
  /** A driver whose model answers the question with a few words. */
  sayingSomething(): Promise<DriverUnderTest>;
  /** A driver whose model calls the offered tool `documents.search`. */
  callingTool(): Promise<DriverUnderTest>;
}

export interface DriverUnderTest extends AsyncDisposable {
  driver: Driver;
  /** The vendor’s format has no deltas of a call’s arguments. */
  sendsCallsWhole?: boolean;
  /** The vendor’s format has no thinking. */
  omitsReasoning?: boolean;
}

const searchTool: ToolSpecification = {
  name: 'documents.search',
  description: 'Find passages of documents that match a query.',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};
const passages = [
  { path: '/docs/a.md', startLine: 3, text: 'Every core has a queue in front of it. Nothing else.' },
];

/** A request whose answer stands in the passages that it brings along. */
const answerable: ChatRequest = {
  messages: [
    { role: 'user', content: 'What does every core have in front of it?' },
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'call_1', name: searchTool.name, arguments: { query: 'core' } }],
    },
    {
      role: 'tool',
      toolCallId: 'call_1',
      toolName: searchTool.name,
      content: JSON.stringify({ matches: passages }),
    },
  ],
};
const searchable: ChatRequest = {
  messages: [{ role: 'user', content: 'What does every core have in front of it?' }],
  tools: [searchTool],
};

export function describeChatConformance(name: string, subject: ConformanceSubject): void {
  test(`${name}: a reply has text, a reason to end and usage`, async () => {
    await using under = await subject.sayingSomething();
    const reply = await under.driver.chat(answerable, { signal: new AbortController().signal });
    expect(reply.message).toMatchObject({ role: 'assistant', content: expect.stringMatching(/queue/) });
    expect(reply.finishReason).toBe('stop');
    expect(reply.usage.inputTokens).toBeGreaterThan(0);
    expect(reply.usage.outputTokens).toBeGreaterThan(0);
  });

  test(`${name}: the pieces of a stream make up the reply`, async () => {
    await using under = await subject.sayingSomething();
    const { reply, chunks } = await streamed(under.driver, answerable);
    const pieces = chunks.flatMap((chunk) => (chunk.type === 'text-delta' ? [chunk.text] : []));
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(reply.message.content);
  });

  test(`${name}: a stream and a whole reply say the same`, async () => {
    await using whole = await subject.sayingSomething();
    await using under = await subject.sayingSomething();
    const plain = await whole.driver.chat(answerable, { signal: new AbortController().signal });
    const { reply } = await streamed(under.driver, answerable);
    expect(reply).toEqual(plain);
  });

  test(`${name}: a tool call comes under our name, with an id and arguments`, async () => {
    await using under = await subject.callingTool();
    const reply = await under.driver.chat(searchable, { signal: new AbortController().signal });
    const call = reply.message.toolCalls?.[0];
    expect(call).toMatchObject({ name: searchTool.name, arguments: { query: expect.any(String) } });
    expect(call?.id).not.toBe('');
    expect(reply.finishReason).toBe('tool_calls');
  });

  test(`${name}: the deltas of a streamed tool call make up its arguments`, async () => {
    await using under = await subject.callingTool();
    const { reply, chunks } = await streamed(under.driver, searchable);
    const call = reply.message.toolCalls?.[0];
    const start = chunks.findIndex((chunk) => chunk.type === 'tool-call-start');
    expect(chunks[start]).toMatchObject({ type: 'tool-call-start', id: call?.id, name: searchTool.name });
    const text = chunks.flatMap((chunk) => (chunk.type === 'tool-call-delta' ? [chunk.argumentsText] : []));
    expect(text.length).toBeGreaterThan(under.sendsCallsWhole ? 0 : 1);
    expect(JSON.parse(text.join(''))).toEqual(call?.arguments);
    expect(chunks.at(-1)).toEqual({ type: 'tool-call-end', id: call?.id });
  });

  test(`${name}: the result of a tool call can be answered in the same conversation`, async () => {
    await using caller = await subject.callingTool();
    const asked = await caller.driver.chat(searchable, { signal: new AbortController().signal });
    const call = asked.message.toolCalls?.[0];
    const result: ChatMessage = {
      role: 'tool',
      toolCallId: call?.id ?? '',
      toolName: searchTool.name,
      content: JSON.stringify({ matches: passages }),
    };
    await using answerer = await subject.sayingSomething();
    const messages = [...searchable.messages, asked.message, result];
    const request = { ...searchable, messages };
    const reply = await answerer.driver.chat(request, { signal: new AbortController().signal });
    expect(reply.message.content).toMatch(/queue/);
  });

  test(`${name}: a call that was cancelled before does not run`, async () => {
    await using under = await subject.sayingSomething();
    const call = under.driver.chat(answerable, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
  });
}

/** Asks for a stream and keeps what came. */
export async function streamed(
  driver: Driver,
  request: ChatRequest,
  signal = new AbortController().signal,
): Promise<{ reply: DriverReply; chunks: ChatChunk[] }> {
  const chunks: ChatChunk[] = [];
  const reply = await driver.chat(request, { signal, emit: (chunk) => chunks.push(chunk) });
  return { reply, chunks };
}
