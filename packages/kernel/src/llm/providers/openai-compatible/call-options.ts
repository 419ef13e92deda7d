import { createHash } from 'node:crypto';
import type { LanguageModelV4CallOptions, LanguageModelV4Message } from '@ai-sdk/provider';
import type { ChatMessage, ChatRequest, ToolCall } from '@aios/protocol';
import type { Quirks } from '../provider.ts';
import type { ThoughtSignatures } from './thought-signatures.ts';
import type { ToolNames } from './tool-names.ts';

type UserContent = Extract<LanguageModelV4Message, { role: 'user' }>['content'];
type AssistantContent = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'];

export interface Translation {
  names: ToolNames;
  quirks: Quirks;
  signatures: ThoughtSignatures;
}

/** A request of ours in the words of the AI SDK. */
export function toCallOptions(
  request: ChatRequest,
  signal: AbortSignal,
  translation: Translation,
): LanguageModelV4CallOptions {
  const { tools, toolChoice, temperature, topP, maxTokens, stop, seed } = request;
  const { names, quirks } = translation;
  return {
    abortSignal: signal,
    prompt: request.messages.map((message) => toPromptMessage(message, translation)),
    ...(tools && tools.length > 0 && { tools: tools.map((tool) => toFunctionTool(tool, names)) }),
    ...(tools && toolChoice && { toolChoice: toToolChoice(toolChoice, names) }),
    ...(temperature !== undefined && { temperature: Math.min(temperature, quirks.maxTemperature ?? 2) }),
    ...(topP !== undefined && { topP }),
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(stop && stop.length > 0 && { stopSequences: stop }),
    ...(seed !== undefined && { seed }),
  };
}

function toFunctionTool(
  tool: NonNullable<ChatRequest['tools']>[number],
  names: ToolNames,
): NonNullable<LanguageModelV4CallOptions['tools']>[number] {
  const { description, inputSchema } = tool;
  return { type: 'function', name: names.encode(tool.name), description, inputSchema };
}

function toToolChoice(
  choice: NonNullable<ChatRequest['toolChoice']>,
  names: ToolNames,
): LanguageModelV4CallOptions['toolChoice'] {
  return typeof choice === 'string'
    ? { type: choice }
    : { type: 'tool', toolName: names.encode(choice.tool) };
}

function toPromptMessage(message: ChatMessage, translation: Translation): LanguageModelV4Message {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: toUserContent(message.content) };
    case 'assistant':
      return { role: 'assistant', content: toAssistantContent(message, translation) };
    case 'tool':
      return {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: wireId(message.toolCallId, translation.quirks),
            toolName: translation.names.encode(message.toolName),
            output: { type: 'text', value: message.content },
          },
        ],
      };
  }
}

function toUserContent(content: Extract<ChatMessage, { role: 'user' }>['content']): UserContent {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map((part) => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    const data = /^https?:\/\//.test(part.data)
      ? ({ type: 'url', url: new URL(part.data) } as const)
      : ({ type: 'data', data: part.data } as const);
    return { type: 'file', mediaType: part.mediaType, data };
  });
}

function toAssistantContent(
  message: Extract<ChatMessage, { role: 'assistant' }>,
  translation: Translation,
): AssistantContent {
  const { quirks, names, signatures } = translation;
  const content: AssistantContent = [];
  if (message.reasoning && quirks.replayReasoning)
    content.push({ type: 'reasoning', text: message.reasoning });
  if (message.content !== '') content.push({ type: 'text', text: message.content });
  for (const call of message.toolCalls ?? []) {
    const thoughtSignature = quirks.thoughtSignatures ? signatures.of(call.id) : undefined;
    content.push({
      type: 'tool-call',
      toolCallId: wireId(call.id, quirks),
      toolName: names.encode(call.name),
      input: argumentsOf(call),
      ...(thoughtSignature !== undefined && { providerOptions: { google: { thoughtSignature } } }),
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
