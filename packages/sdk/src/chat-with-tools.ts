import {
  AiosError,
  type ChatMessage,
  type ChatReply,
  type JsonValue,
  type ToolCall,
  type ToolSpecification,
  toAiosError,
} from '@aios/protocol';
import type { Aios } from './aios.ts';

export interface ChatWithToolsOptions {
  messages: readonly ChatMessage[];
  /** Goes on from this kept conversation of the process, and adds to it what is said; none is kept when absent. */
  conversation?: string;
  /** What the model may call; the answer of `tool.list`, or a part of it. */
  tools: readonly ToolSpecification[];
  /** The default model when absent. */
  model?: string;
  /** How often the model is asked at most; 16 when absent. */
  maxTurns?: number;
  signal?: AbortSignal;
  /** Carries out a call in another way than `tool.call`, or with other arguments. */
  callTool?: (call: ToolCall) => Promise<JsonValue>;
}

/** What became of one tool call that the model asked for. */
export interface ToolOutcome {
  call: ToolCall;
  result?: JsonValue;
  error?: AiosError;
}

export interface ChatWithToolsResult {
  /** The model’s last reply, the one that asks for no tool. */
  reply: ChatReply;
  /** What was given and what was said since, the last reply included. */
  messages: ChatMessage[];
  outcomes: ToolOutcome[];
}

const defaultMaxTurns = 16;

/** After these no further call of the process can succeed, so the model is not told. */
const fatalCodes = new Set(['cancelled', 'stale_fence', 'quota_exceeded']);

/**
 * Lets a model work with tools until it answers: asks it, carries out the calls that it wants (those of one reply at the
 * same time), hands back their results, asks again. A tool’s error goes to the model as the result, so that it can try
 * something else. Throws `quota_exceeded` when the model still wants tools after `maxTurns`.
 */
export async function chatWithTools(aios: Aios, options: ChatWithToolsOptions): Promise<ChatWithToolsResult> {
  const { model, conversation, maxTurns = defaultMaxTurns, signal } = options;
  const callTool = options.callTool ?? ((call: ToolCall) => callByName(aios, call, signal));
  const tools = options.tools.map(({ name, description, inputSchema }) => ({
    name,
    description,
    inputSchema,
  }));
  const known = new Set(tools.map((tool) => tool.name));
  const messages = [...options.messages];
  const outcomes: ToolOutcome[] = [];
  /** How much of the messages a kept conversation has already. */
  let kept = 0;

  for (let turn = 1; turn <= maxTurns; turn += 1) {
    const request = {
      messages: conversation === undefined ? messages : messages.slice(kept),
      ...(conversation !== undefined && { conversation }),
      ...(model && { model }),
      ...(tools.length > 0 && { tools }),
    };
    const reply = await aios.llm.chat(request, { ...(signal && { signal }) });
    kept = messages.push(reply.message);
    const calls = reply.message.toolCalls ?? [];
    if (calls.length === 0) return { reply, messages, outcomes };
    const settled = await Promise.all(calls.map((call) => settle(call, known, callTool, signal)));
    for (const outcome of settled) {
      outcomes.push(outcome);
      messages.push(resultMessage(outcome));
    }
  }
  throw new AiosError(
    'quota_exceeded',
    `The model still asked for tools after ${maxTurns} turns. Allow more turns or ask for less.`,
    { details: { maxTurns } },
  );
}

async function callByName(aios: Aios, call: ToolCall, signal: AbortSignal | undefined): Promise<JsonValue> {
  const input = { name: call.name, arguments: call.arguments };
  const { result } = await aios.tool.call(input, { ...(signal && { signal }) });
  return result;
}

async function settle(
  call: ToolCall,
  known: ReadonlySet<string>,
  callTool: (call: ToolCall) => Promise<JsonValue>,
  signal: AbortSignal | undefined,
): Promise<ToolOutcome> {
  try {
    refuseImpossible(call, known);
    return { call, result: await callTool(call) };
  } catch (thrown) {
    const error = toAiosError(thrown);
    if (signal?.aborted || fatalCodes.has(error.code)) throw error;
    return { call, error };
  }
}

function refuseImpossible(call: ToolCall, known: ReadonlySet<string>): void {
  if (!known.has(call.name)) {
    const names = [...known].join(', ');
    throw new AiosError('not_found', `There is no tool "${call.name}". Tools: ${names || 'none'}.`);
  }
  if (call.malformed !== undefined) {
    throw new AiosError('invalid_argument', `The arguments are not a JSON object: ${call.malformed}`);
  }
}

function resultMessage({ call, result, error }: ToolOutcome): ChatMessage {
  const content = error ? `Error (${error.code}): ${error.message}` : textOf(result ?? null);
  return { role: 'tool', toolCallId: call.id, toolName: call.name, content };
}

function textOf(result: JsonValue): string {
  return typeof result === 'string' ? result : JSON.stringify(result);
}
