import type { IncomingMessage } from 'node:http';
import { type JsonObject, type JsonValue, jsonObject } from '@aios/protocol';
import type { ScriptedMessage, ScriptedRequest } from '../scripted-model/index.ts';
import type { OpenAiError } from './errors.ts';

/** What OpenAI takes as the name of a function. */
const functionName = /^[a-zA-Z0-9_-]{1,64}$/;

/** The JSON object of a request’s body; empty where there is none. */
export async function readBody(incoming: IncomingMessage): Promise<JsonObject> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  const text = Buffer.concat(parts).toString();
  return text === '' ? {} : jsonObject.parse(JSON.parse(text));
}

/** The request as the scripted model sees it. */
export function toScriptedRequest(body: JsonObject): ScriptedRequest {
  return {
    model: textOf(body.model),
    messages: listOf(body.messages).map(toScriptedMessage),
    tools: functionNames(body),
    stream: body.stream === true,
  };
}

/** What OpenAI refuses a chat request for, as far as clients get it wrong; undefined when it is fine. */
export function refusal(body: JsonObject): OpenAiError | undefined {
  const messages = listOf(body.messages);
  if (messages.length === 0) {
    return invalid("Invalid 'messages': empty array. Expected an array with minimum length 1.", 'messages');
  }
  for (const [index, name] of functionNames(body).entries()) {
    if (!functionName.test(name)) return badName(`tools[${index}].function.name`);
  }
  const announced = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const refused = refuseMessage(message, index, announced);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function refuseMessage(message: JsonObject, index: number, announced: Set<string>): OpenAiError | undefined {
  for (const [place, call] of listOf(message.tool_calls).entries()) {
    announced.add(textOf(call.id));
    const name = textOf(objectOf(call.function).name);
    if (!functionName.test(name)) return badName(`messages[${index}].tool_calls[${place}].function.name`);
  }
  if (message.role !== 'tool' || announced.has(textOf(message.tool_call_id))) return undefined;
  return invalid(
    "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
    `messages.[${index}].role`,
  );
}

function badName(param: string): OpenAiError {
  const message = `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`;
  return { ...invalid(message, param), code: 'invalid_value' };
}

function invalid(message: string, param: string): OpenAiError {
  return { status: 400, message, param };
}

function toScriptedMessage(message: JsonObject): ScriptedMessage {
  const { content } = message;
  const text = Array.isArray(content)
    ? listOf(content)
        .map((part) => textOf(part.text))
        .join('\n')
    : textOf(content);
  return { role: textOf(message.role), text };
}

function functionNames(body: JsonObject): string[] {
  return listOf(body.tools).map((tool) => textOf(objectOf(tool.function).name));
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
