import type { ChatMessage, JsonObject, ToolCall } from '@aios/protocol';
import { z } from 'zod';
import { readArguments } from '../call-arguments.ts';
import { readContent, readText } from './content.ts';
import { refuse, refuseInvalid } from './refusal.ts';
import { unseal } from './sealed.ts';
import { offeredName } from './tools.ts';

type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;

const message = z.looseObject({
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.unknown().optional(),
  name: z.string().max(256).nullish(),
});
const callHead = z.looseObject({
  call_id: z.string(),
  name: z.string(),
  namespace: z.string().nullish(),
});
const functionCall = callHead.extend({ arguments: z.string() });
const customToolCall = callHead.extend({ input: z.string() });
const functionCallOutput = z.looseObject({ call_id: z.string(), output: z.unknown().optional() });
const reasoning = z.looseObject({
  summary: z.unknown().optional(),
  content: z.unknown().optional(),
  encrypted_content: z.string().nullish(),
});

/** An item and its path in the request, for errors. */
export interface PlacedItem {
  readonly item: JsonObject;
  readonly at: string;
}

/**
 * Items as messages. What the model gave in one turn (thinking, text, calls) are several items and one message. Items of
 * other kinds are those of tools that OpenAI hosts; they are left out.
 */
export function toMessages(items: readonly PlacedItem[]): ChatMessage[] {
  const writer = new MessageWriter();
  for (const { item, at } of items) writer.add(item, at);
  return writer.messages.filter((written) => written.role !== 'assistant' || saysSomething(written));
}

/** Thinking alone is no turn: its answer was cut off. */
function saysSomething({ content, toolCalls }: AssistantMessage): boolean {
  return content !== '' || toolCalls !== undefined;
}

class MessageWriter {
  readonly messages: ChatMessage[] = [];
  /** Names of the tools by the ids of their calls. */
  readonly #called = new Map<string, string>();
  /** The turn of the model that items are added to. */
  #turn: AssistantMessage | undefined;

  add(item: JsonObject, at: string): void {
    switch (item.type ?? 'message') {
      case 'message':
        this.#addMessage(read(message, item, at), at);
        break;
      case 'function_call':
        this.#addCall(read(functionCall, item, at));
        break;
      case 'custom_tool_call':
        this.#addCustomCall(read(customToolCall, item, at));
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#addOutput(read(functionCallOutput, item, at), at);
        break;
      case 'reasoning':
        this.#addReasoning(read(reasoning, item, at), at);
        break;
    }
  }

  #addMessage({ role, content, name }: z.infer<typeof message>, at: string): void {
    const named = name ? { name } : {};
    const place = `${at}.content`;
    if (role === 'assistant') {
      const text = readText(content, place);
      const hasSpoken = this.#turn !== undefined && this.#turn.content !== '';
      if (hasSpoken && this.#turn?.toolCalls === undefined) this.#turn = undefined;
      const turn = this.#openTurn();
      turn.content = turn.content === '' ? text : `${turn.content}\n${text}`;
      Object.assign(turn, named);
    } else if (role === 'user') {
      this.#close({ role, content: readContent(content, place), ...named });
    } else {
      this.#close({ role: 'system', content: readText(content, place), ...named });
    }
  }

  #addCall({ arguments: text, ...head }: z.infer<typeof functionCall>): void {
    this.#addCallWith(head, readArguments(text));
  }

  #addCustomCall({ input, ...head }: z.infer<typeof customToolCall>): void {
    this.#addCallWith(head, { arguments: { input } });
  }

  #addCallWith(
    { call_id: id, name, namespace }: z.infer<typeof callHead>,
    written: Pick<ToolCall, 'arguments' | 'malformed'>,
  ): void {
    const offered = offeredName({ name, ...(namespace ? { namespace } : {}) });
    this.#called.set(id, offered);
    const turn = this.#openTurn();
    turn.toolCalls = [...(turn.toolCalls ?? []), { id, name: offered, ...written }];
  }

  #addOutput({ call_id: toolCallId, output }: z.infer<typeof functionCallOutput>, at: string): void {
    const toolName = this.#called.get(toolCallId);
    if (toolName === undefined) {
      throw refuse(
        'input',
        `No tool call found for function call output with call_id ${toolCallId} (${at}). Send the function_call before it, or previous_response_id.`,
      );
    }
    this.#close({ role: 'tool', toolCallId, toolName, content: readContent(output, `${at}.output`) });
  }

  #addReasoning(
    { summary, content, encrypted_content: sealed }: z.infer<typeof reasoning>,
    at: string,
  ): void {
    const text = [readText(content, `${at}.content`), readText(summary, `${at}.summary`)].find(
      (part) => part !== '',
    );
    const { message: providerData, calls = {} } = sealed ? unseal(sealed) : {};
    const turn = this.#openTurn();
    if (text !== undefined)
      turn.reasoning = turn.reasoning === undefined ? text : `${turn.reasoning}\n${text}`;
    if (providerData) turn.providerData = providerData;
    for (const call of turn.toolCalls ?? []) {
      const data = calls[call.id];
      if (data) call.providerData = data;
    }
  }

  #openTurn(): AssistantMessage {
    if (this.#turn === undefined) {
      this.#turn = { role: 'assistant', content: '' };
      this.messages.push(this.#turn);
    }
    return this.#turn;
  }

  /** Adds a message of somebody else, which ends the turn of the model. */
  #close(other: ChatMessage): void {
    this.#turn = undefined;
    this.messages.push(other);
  }
}

function read<Schema extends z.ZodType>(schema: Schema, item: JsonObject, at: string): z.infer<Schema> {
  const { data, error } = schema.safeParse(item);
  if (error) throw refuseInvalid(error, at);
  return data;
}
