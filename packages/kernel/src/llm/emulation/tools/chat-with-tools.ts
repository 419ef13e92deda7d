import { AiosError, type ChatRequest, type ToolCall, type Usage } from '@aios/protocol';
import { addUsage } from '../../../usage/index.ts';
import type { DriverCall, DriverReply } from '../../driver.ts';
import { admitRepair, askAgain, maxRepairs } from '../repair.ts';
import type { Chat } from '../with-emulation.ts';
import { describeTools } from './prompt.ts';
import { type ReadCalls, readCalls } from './read-calls.ts';
import { VisibleText } from './visible-text.ts';

/**
 * Asks a model that knows no tools. Calls that cannot be read or do not fit their schema, and a missing call where one was
 * demanded, are asked for again, at most twice; after that they are an error. In a stream, words before the calls pass on
 * as they come, a call comes whole, and the words of corrections are not shown.
 */
export async function chatWithTools(
  chat: Chat,
  request: ChatRequest,
  call: DriverCall,
): Promise<DriverReply> {
  const asked = describeTools(request);
  const offered = offeredTools(request);
  if (offered.length === 0) return chat(asked, call);
  const first = new Shown(call);

  let next = asked;
  let spent: DriverReply['usage'] | undefined;
  for (let repairs = 0; ; repairs += 1) {
    if (repairs > 0) await admitRepair(next, call);
    const reply = await chat(next, repairs === 0 ? first.call : { signal: call.signal });
    spent = spent === undefined ? reply.usage : addUsage(spent, reply.usage);
    const read = readCalls(reply.message.content, offered);
    const problems = problemsOf(read, request);
    if (problems.length === 0) return first.finish({ ...reply, usage: spent }, read, request);
    if (repairs === maxRepairs) throw unreadable(problems, first.begun, spent);
    next = askAgain(asked, reply, `${problems.join('\n')}\nWrite the corrected tool calls.`);
  }
}

function offeredTools({ tools = [], toolChoice }: ChatRequest): NonNullable<ChatRequest['tools']> {
  if (toolChoice === 'none') return [];
  return typeof toolChoice === 'object' ? tools.filter(({ name }) => name === toolChoice.tool) : tools;
}

function problemsOf({ calls, problems }: ReadCalls, { toolChoice }: ChatRequest): string[] {
  if (problems.length > 0 || calls.length > 0) return problems;
  if (toolChoice === undefined || toolChoice === 'auto') return [];
  return [typeof toolChoice === 'object' ? `You must call ${toolChoice.tool}.` : 'You must call a tool.'];
}

/** What the caller of a stream has seen of the first reply, and the rest of it. */
class Shown {
  readonly call: DriverCall;
  begun = false;
  readonly #emit: DriverCall['emit'];
  #text = '';

  constructor({ signal, emit }: DriverCall) {
    const visible = new VisibleText();
    this.#emit = emit;
    this.call = {
      signal,
      ...(emit && {
        emit: (chunk) => {
          if (chunk.type === 'reasoning-delta') {
            this.begun = true;
            emit(chunk);
          } else if (chunk.type === 'text-delta') this.#show(visible.add(chunk.text));
        },
      }),
    };
  }

  /** The reply with its calls; sends what of it was not shown yet. */
  finish(reply: DriverReply, { text, calls }: ReadCalls, request: ChatRequest): DriverReply {
    const content = this.#text === '' || text.startsWith(this.#text) ? text : this.#text;
    this.#show(content.slice(this.#text.length));
    const kept = request.parallelToolCalls === false ? calls.slice(0, 1) : calls;
    const toolCalls = kept.map((one, index) => ({ id: idOf(index), ...one }));
    this.#announce(toolCalls);
    if (toolCalls.length === 0)
      return { ...reply, message: { ...reply.message, content }, emulated: ['tools'] };
    return {
      ...reply,
      message: { ...reply.message, content, toolCalls },
      finishReason: 'tool_calls',
      emulated: ['tools'],
    };
  }

  #show(text: string): void {
    if (text === '' || this.#emit === undefined) return;
    this.begun = true;
    this.#text += text;
    this.#emit({ type: 'text-delta', text });
  }

  #announce(calls: readonly ToolCall[]): void {
    for (const { id, name, arguments: values } of calls) {
      this.#emit?.({ type: 'tool-call-start', id, name });
      this.#emit?.({ type: 'tool-call-delta', id, argumentsText: JSON.stringify(values) });
      this.#emit?.({ type: 'tool-call-end', id });
    }
  }
}

/** No other call of the conversation has it. */
function idOf(index: number): string {
  return `call_${index}_${crypto.randomUUID().slice(0, 8)}`;
}

function unreadable(problems: readonly string[], begun: boolean, usage: Usage): AiosError {
  return new AiosError(
    'unavailable',
    `The model did not write its tool calls so that they can be read, in ${maxRepairs + 1} attempts. ` +
      `${problems.join(' ')} Ask a model that can call tools by itself.`,
    { details: { wrongReply: true, usage: { ...usage }, ...(begun && { begun }) } },
  );
}
