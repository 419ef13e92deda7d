import { AiosError, type ChatMessage, type SyscallRequest, type ToolCall } from '@aios/protocol';
import { simplest, toParts } from './content.ts';
import type { Block, CountRequest, MessagesRequest, Tool } from './request-schema.ts';
import { unseal } from './sealed-data.ts';

type ChatInput = SyscallRequest<'llm.chat'>;

/** A Messages request as the system call that it means. */
export function toChat(request: MessagesRequest): ChatInput {
  if (request.thread != null) throw threadsUnsupported();
  const { temperature, top_p, top_k, stop_sequences, metadata, output_config, tool_choice } = request;
  const format = output_config?.format ?? request.output_format;
  const reasoningEffort = effortOf(request);
  return {
    ...toConversation(request),
    maxTokens: request.max_tokens,
    ...(tool_choice != null && { toolChoice: toolChoiceOf(tool_choice) }),
    ...(tool_choice?.disable_parallel_tool_use && { parallelToolCalls: false }),
    ...(temperature != null && { temperature }),
    ...(top_p != null && { topP: top_p }),
    ...(top_k != null && { topK: top_k }),
    ...(stop_sequences?.length && { stop: stop_sequences }),
    ...(metadata?.user_id && { user: metadata.user_id.slice(0, 512) }),
    ...(reasoningEffort && { reasoningEffort }),
    ...(format && { responseFormat: { type: 'json_schema', schema: format.schema } }),
  };
}

/** Anthropic’s clients know this error, and send the whole conversation from there on. */
function threadsUnsupported(): AiosError {
  return new AiosError('invalid_argument', 'thread: conversations are not kept here. Send the whole of it.', {
    details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
  });
}

/** What of a request the model reads: also all that counting tokens needs. */
export function toConversation({ model, system, messages, tools }: CountRequest) {
  const instructions = systemText(system);
  const names = new Map<string, string>();
  const offered = offeredTools(tools ?? [], messages);
  return {
    model,
    orDefault: true,
    messages: [
      ...(instructions ? [{ role: 'system' as const, content: instructions }] : []),
      ...messages.flatMap((message) => toMessages(message, names)),
    ],
    ...(offered.length > 0 && {
      tools: offered.map(({ name, description, input_schema, strict }) => ({
        name,
        description: description ?? '',
        inputSchema: input_schema ?? { type: 'object' },
        ...(strict != null && { strict }),
      })),
    }),
  } satisfies ChatInput;
}

/** The tools of the client itself, with those that were added on the way and without those that were taken away. */
function offeredTools(tools: readonly Tool[], messages: MessagesRequest['messages']): Tool[] {
  const offered = new Map(tools.map((tool) => [tool.name, tool]));
  for (const block of messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content))) {
    if (block.type === 'tool_addition') {
      const { definition = tools.find(({ name }) => name === block.tool.name) } = block.tool;
      if (definition !== undefined) offered.set(definition.name, definition);
    } else if (block.type === 'tool_removal') offered.delete(block.tool.name ?? '');
  }
  return [...offered.values()].filter(({ type }) => type == null || type === 'custom');
}

function systemText(system: MessagesRequest['system']): string {
  if (system == null) return '';
  return typeof system === 'string' ? system : system.flatMap(({ text }) => text ?? []).join('\n\n');
}

/** `names` holds the tool of each call so far, by its id, and learns those of this message. */
function toMessages(
  { role, content }: MessagesRequest['messages'][number],
  names: Map<string, string>,
): ChatMessage[] {
  const blocks: Block[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  if (role === 'assistant') return [assistantMessage(blocks, names)];
  if (role === 'system') {
    const text = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
    return text === '' ? [] : [{ role, content: text }];
  }
  const parts = toParts(blocks);
  return [
    ...blocks.flatMap((block) => (block.type === 'tool_result' ? [toolMessage(block, names)] : [])),
    ...(parts.length > 0 ? [{ role, content: simplest(parts) }] : []),
  ];
}

function toolMessage(
  { tool_use_id, content, is_error }: Extract<Block, { type: 'tool_result' }>,
  names: ReadonlyMap<string, string>,
): ChatMessage {
  return {
    role: 'tool',
    toolCallId: tool_use_id,
    toolName: names.get(tool_use_id) ?? 'tool',
    content: typeof content === 'string' ? content : simplest(toParts(content ?? [])),
    ...(is_error && { isError: true }),
  };
}

function assistantMessage(blocks: readonly Block[], names: Map<string, string>): ChatMessage {
  let text = '';
  let reasoning = '';
  const calls: ToolCall[] = [];
  const returned = blocks.flatMap((block) => {
    if (block.type === 'thinking') return [unseal(block.signature)];
    return block.type === 'redacted_thinking' ? [unseal(block.data)] : [];
  });
  const providerData = returned.find(({ message }) => message !== undefined)?.message;
  for (const block of blocks) {
    if (block.type === 'text') text += block.text;
    else if (block.type === 'thinking') reasoning += block.thinking;
    else if (block.type === 'tool_use') {
      names.set(block.id, block.name);
      const data = returned.find((entry) => entry.calls?.[block.id])?.calls?.[block.id];
      calls.push({
        id: block.id,
        name: block.name,
        arguments: block.input,
        ...(data && { providerData: data }),
      });
    }
  }
  return {
    role: 'assistant',
    content: text,
    ...(reasoning && { reasoning }),
    ...(calls.length > 0 && { toolCalls: calls }),
    ...(providerData && { providerData }),
  };
}

function toolChoiceOf({ type, name }: NonNullable<MessagesRequest['tool_choice']>): ChatInput['toolChoice'] {
  if (type === 'any') return 'required';
  return type === 'tool' && name !== undefined ? { tool: name } : type === 'none' ? 'none' : 'auto';
}

/** A budget for thinking stands for an effort: the levels that OpenAI-compatible gateways use between the two. */
function effortOf({ thinking, output_config }: MessagesRequest): ChatInput['reasoningEffort'] {
  if (thinking?.type === 'disabled') return 'none';
  if (output_config?.effort != null) return output_config.effort;
  const budget = thinking?.budget_tokens;
  if (budget == null) return undefined;
  return budget < 4096 ? 'low' : budget < 16_384 ? 'medium' : 'high';
}

/** Whether the client wants to see the model’s thinking. */
export function showsThinking({ thinking }: MessagesRequest): boolean {
  return thinking != null && thinking.type !== 'disabled';
}
