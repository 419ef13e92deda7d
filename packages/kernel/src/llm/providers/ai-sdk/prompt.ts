import { createHash } from 'node:crypto';
import type { LanguageModelV4Message } from '@ai-sdk/provider';
import { AiosError, type ChatMessage, type ToolCall } from '@aios/protocol';
import type { Quirks } from '../provider.ts';
import type { Endpoint } from './endpoint.ts';
import { reasoningOf, toProviderOptions } from './provider-data.ts';
import type { ToolNames } from './tool-names.ts';

type UserContent = Extract<LanguageModelV4Message, { role: 'user' }>['content'];
type AssistantContent = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'];
type ToolContent = Extract<LanguageModelV4Message, { role: 'tool' }>['content'];

/** A conversation in the words of the AI SDK. Results of tools that follow each other become one message. */
export function toPrompt(
  messages: readonly ChatMessage[],
  names: ToolNames,
  endpoint: Endpoint,
): LanguageModelV4Message[] {
  const prompt: LanguageModelV4Message[] = [];
  for (const message of messages) {
    const last = prompt.at(-1);
    if (message.role === 'tool' && last?.role === 'tool') {
      last.content.push(...toToolContent(message, names, endpoint));
    } else {
      prompt.push(toPromptMessage(message, names, endpoint));
    }
  }
  return prompt;
}

function toPromptMessage(message: ChatMessage, names: ToolNames, endpoint: Endpoint): LanguageModelV4Message {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: toUserContent(message.content, endpoint) };
    case 'assistant':
      return { role: 'assistant', content: toAssistantContent(message, names, endpoint) };
    case 'tool':
      return { role: 'tool', content: toToolContent(message, names, endpoint) };
  }
}

function toToolContent(
  { toolCallId, toolName, content }: Extract<ChatMessage, { role: 'tool' }>,
  names: ToolNames,
  { provider }: Endpoint,
): ToolContent {
  return [
    {
      type: 'tool-result',
      toolCallId: wireId(toolCallId, provider.quirks),
      toolName: names.encode(toolName),
      output: { type: 'text', value: content },
    },
  ];
}

function toUserContent(
  content: Extract<ChatMessage, { role: 'user' }>['content'],
  { provider }: Endpoint,
): UserContent {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map((part) => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    if (!/^https?:\/\//.test(part.data)) {
      return { type: 'file', mediaType: part.mediaType, data: { type: 'data', data: part.data } };
    }
    if (provider.quirks.inlineImagesOnly) {
      throw new AiosError(
        'invalid_argument',
        `${provider.label} takes images as data, not by address. Send the image as base64.`,
        { details: { provider: provider.name } },
      );
    }
    return { type: 'file', mediaType: part.mediaType, data: { type: 'url', url: new URL(part.data) } };
  });
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

function wireId(id: string, quirks: Quirks): string {
  if (!quirks.shortToolCallIds || /^[a-zA-Z0-9]{9}$/.test(id)) return id;
  return createHash('sha256').update(id).digest('hex').slice(0, 9);
}
