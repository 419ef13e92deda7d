import type { LanguageModelV4Message, SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { ChatMessage, ToolCall } from '@aios/protocol';
import type { ContinuationMethod } from '../../../context/index.ts';
import { toContentPart } from './content-part.ts';
import type { Endpoint } from './endpoint.ts';
import { reasoningOf, toProviderOptions } from './provider-data.ts';
import type { ToolNames } from './tool-names.ts';
import { toToolResult } from './tool-result.ts';
import { wireId } from './wire-id.ts';

type UserContent = Extract<LanguageModelV4Message, { role: 'user' }>['content'];
type AssistantContent = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'];

/**
 * A conversation in the words of the AI SDK. Results of tools that follow each other become one message; what a vendor takes
 * in no result of a tool, such as an image, comes in a message of the user after them.
 */
export function toPrompt(
  messages: readonly ChatMessage[],
  names: ToolNames,
  endpoint: Endpoint,
): LanguageModelV4Message[] {
  const prompt: LanguageModelV4Message[] = [];
  let waiting: UserContent = [];
  const flush = () => {
    if (waiting.length > 0) prompt.push({ role: 'user', content: waiting });
    waiting = [];
  };
  for (const message of messages) {
    if (message.role !== 'tool') {
      flush();
      const isLate = message.role === 'system' && prompt.some(({ role }) => role !== 'system');
      const isApart = isLate && endpoint.provider.quirks.systemFirst;
      prompt.push(isApart ? toldByUser(message) : toPromptMessage(message, names, endpoint));
      continue;
    }
    const { result, apart } = toToolResult(message, names, endpoint);
    waiting.push(...apart);
    const last = prompt.at(-1);
    if (last?.role === 'tool') last.content.push(result);
    else prompt.push({ role: 'tool', content: [result] });
  }
  flush();
  return prompt;
}

/** Says of the last message that the reply goes on with it; the package for Mistral says so by itself. */
export function markContinued(
  prompt: readonly LanguageModelV4Message[],
  { provider }: Endpoint,
): LanguageModelV4Message[] {
  const last = prompt.at(-1);
  const mark = continuationMarks[provider.quirks.continuation?.method ?? 'last_message'];
  if (last === undefined || mark === undefined) return [...prompt];
  return [...prompt.slice(0, -1), { ...last, providerOptions: { ...last.providerOptions, ...mark } }];
}

const continuationMarks: Partial<Record<ContinuationMethod, SharedV4ProviderOptions>> = {
  prefix: { deepseek: { prefix: true } },
  partial: { openaiCompatible: { partial: true } },
};

function toPromptMessage(
  message: Exclude<ChatMessage, { role: 'tool' }>,
  names: ToolNames,
  endpoint: Endpoint,
): LanguageModelV4Message {
  const named = speakerOptions(message.name);
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content, ...named };
    case 'user':
      return { role: 'user', content: toUserContent(message, endpoint), ...named };
    case 'assistant':
      return { role: 'assistant', content: toAssistantContent(message, names, endpoint), ...named };
  }
}

/** An instruction within the conversation, marked for what it is. */
function toldByUser({ content }: Extract<ChatMessage, { role: 'system' }>): LanguageModelV4Message {
  return { role: 'user', content: [{ type: 'text', text: `<system>\n${content}\n</system>` }] };
}

/** The packages for OpenAI and for compatible servers read it each at its own place; the others read neither. */
function speakerOptions(name: string | undefined) {
  return name === undefined ? {} : { providerOptions: speakerFields(name) };
}

function speakerFields(name: string) {
  return { openai: { name }, openaiCompatible: { name } };
}

/** A message of one text takes its fields from the text in the package for compatible servers. */
function toUserContent(
  { content, name }: Extract<ChatMessage, { role: 'user' }>,
  { provider }: Endpoint,
): UserContent {
  if (typeof content === 'string') return [{ type: 'text', text: content, ...speakerOptions(name) }];
  const parts = content.map((part) => toContentPart(part, provider));
  const [only] = parts;
  return parts.length === 1 && only?.type === 'text' ? [{ ...only, ...speakerOptions(name) }] : parts;
}

function toAssistantContent(
  message: Extract<ChatMessage, { role: 'assistant' }>,
  names: ToolNames,
  { provider }: Endpoint,
): AssistantContent {
  const content: AssistantContent = [...reasoningOf(message, provider)];
  if (message.content !== '') content.push({ type: 'text', text: message.content });
  for (const call of message.toolCalls ?? []) {
    content.push({
      type: 'tool-call',
      toolCallId: wireId(call.id, provider.quirks),
      toolName: names.encode(call.name),
      input: argumentsOf(call),
      ...(call.providerData && { providerOptions: toProviderOptions(call.providerData) }),
    });
  }
  return content;
}

/** Malformed arguments go back as JSON that says what they were: endpoints refuse what they cannot parse. */
function argumentsOf(call: ToolCall): unknown {
  return call.malformed === undefined ? call.arguments : { malformed: call.malformed };
}
