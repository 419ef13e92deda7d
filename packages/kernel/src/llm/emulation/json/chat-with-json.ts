import { AiosError, type ChatRequest, type JsonObject, type JsonValue } from '@aios/protocol';
import { addUsage } from '../../../usage/index.ts';
import type { DriverCall, DriverReply } from '../../driver.ts';
import { admitRepair, askAgain, instruct, maxRepairs } from '../repair.ts';
import { createSchemaCheck } from '../schema.ts';
import type { Chat } from '../with-emulation.ts';
import { readJson } from './read-json.ts';

export interface JsonOptions {
  /** The model has a JSON mode of its own. */
  isNative: boolean;
  /**
   * The model’s JSON mode knows no schema, so that the prompt must tell it. Plain JSON is always asked for in the prompt, too:
   * OpenAI refuses it otherwise, and Anthropic has no mode for it.
   */
  tellsSchema: boolean;
}

type Verdict = { value: JsonValue } | { complaint: string };
type Format = NonNullable<ChatRequest['responseFormat']>;

/**
 * Asks for a reply in JSON, checks it and has it put right, at most twice. The reply carries the value as `json`; its text
 * is JSON too. A stream of a model with a JSON mode passes on as it comes, so a wrong reply in one is an error; any other
 * stream is held back until the reply is right. A reply that calls tools, or was cut short, is not checked.
 */
export async function chatWithJson(
  chat: Chat,
  request: ChatRequest,
  call: DriverCall,
  { isNative, tellsSchema }: JsonOptions,
): Promise<DriverReply> {
  const { responseFormat, ...rest } = request;
  if (responseFormat === undefined) return chat(request, call);
  const judge = createJudge(responseFormat);
  const isWish = responseFormat.type === 'json';
  const base = isNative && !isWish ? request : rest;
  const isTold = !isNative || tellsSchema || responseFormat.type !== 'json_schema';
  const asked = isTold ? instruct(base, instructionOf(responseFormat)) : base;
  const passesOn = (isNative || isWish) && call.emit !== undefined;

  let next = asked;
  let spent: DriverReply['usage'] | undefined;
  for (let repairs = 0; ; repairs += 1) {
    if (repairs > 0) await admitRepair(next, call);
    const reply = await chat(next, passesOn ? call : held(call));
    spent = spent === undefined ? reply.usage : addUsage(spent, reply.usage);
    const answer = { ...reply, usage: spent };
    if ((reply.message.toolCalls?.length ?? 0) > 0 || !isComplete(reply))
      return flush(answer, passesOn, call);
    const verdict = judge(reply.message.content);
    if ('value' in verdict) {
      const marked = isNative && repairs === 0 ? answer : marksJson(answer);
      return flush(withValue(marked, verdict.value, passesOn), passesOn, call);
    }
    if (isWish && (passesOn || repairs === maxRepairs)) return flush(answer, passesOn, call);
    if (passesOn || repairs === maxRepairs) throw wrongReply(verdict.complaint, reply, passesOn);
    next = askAgain(asked, reply, `${verdict.complaint}\nReply again, with the corrected JSON alone.`);
  }
}

function createJudge(format: Format): (text: string) => Verdict {
  const check = createSchemaCheck(schemaOf(format));
  return (text) => {
    const value = readJson(text);
    if (value === undefined) return { complaint: 'Your reply is not JSON.' };
    const problems = check(value);
    if (problems.length === 0) return { value };
    return { complaint: `Your JSON does not match the schema:\n- ${problems.join('\n- ')}` };
  };
}

function schemaOf(format: Format): JsonObject {
  if (format.type === 'json_schema') return format.schema;
  return format.type === 'json' ? {} : { type: 'object' };
}

function instructionOf(format: Format): string {
  if (format.type === 'json_object')
    return 'Reply with one JSON object and nothing else: no prose, no code fence.';
  if (format.type === 'json')
    return 'Reply with one JSON value, of the kind that was asked for, and nothing else: no prose, no code fence.';
  const { schema, description } = format;
  const purpose = description === undefined ? '' : ` It is: ${description}.`;
  return (
    `Reply with one JSON value and nothing else: no prose, no code fence.${purpose} ` +
    `It must match this JSON Schema:\n${JSON.stringify(schema)}`
  );
}

/** Thinking passes on at once; the reply itself waits until it is known to be right. */
function held({ emit, ...rest }: DriverCall): DriverCall {
  if (emit === undefined) return rest;
  return { ...rest, emit: (chunk) => chunk.type === 'reasoning-delta' && emit(chunk) };
}

function flush(reply: DriverReply, passesOn: boolean, { emit }: DriverCall): DriverReply {
  if (passesOn || emit === undefined) return reply;
  const { content, toolCalls = [] } = reply.message;
  if (content !== '') emit({ type: 'text-delta', text: content });
  for (const { id, name, arguments: values, malformed } of toolCalls) {
    emit({ type: 'tool-call-start', id, name });
    emit({ type: 'tool-call-delta', id, argumentsText: malformed ?? JSON.stringify(values) });
    emit({ type: 'tool-call-end', id });
  }
  return reply;
}

/** A text that had to be read leniently becomes the JSON that was read, unless the caller has its pieces already. */
function withValue(reply: DriverReply, value: JsonValue, isOut: boolean): DriverReply {
  const { content } = reply.message;
  const text = isOut || isStrict(content) ? content : JSON.stringify(value);
  return { ...reply, message: { ...reply.message, content: text }, json: value };
}

function isStrict(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

function marksJson(reply: DriverReply): DriverReply {
  return { ...reply, emulated: [...new Set([...(reply.emulated ?? []), 'json' as const])] };
}

function isComplete({ finishReason }: DriverReply): boolean {
  return finishReason === 'stop' || finishReason === 'other';
}

function wrongReply(complaint: string, { usage }: DriverReply, isStream: boolean): AiosError {
  const advice = isStream
    ? 'Ask without a stream, so that the kernel can have the reply corrected.'
    : `It was asked ${maxRepairs + 1} times. Simplify the schema or ask a stronger model.`;
  const details: JsonObject = { wrongReply: true, usage: { ...usage }, ...(isStream && { begun: true }) };
  return new AiosError(
    'unavailable',
    `The model did not reply with the JSON that was asked for. ${complaint} ${advice}`,
    { details },
  );
}
