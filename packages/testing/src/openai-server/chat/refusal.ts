import type { JsonObject } from '@aios/protocol';
import { listOf, objectOf, textOf, type WireError } from '../../wire-server/index.ts';
import { badFunctionName } from '../function-name.ts';
import { badStrictSchema } from '../strict-schema.ts';
import { functionsOf } from './request.ts';

/** What OpenAI refuses a chat request for, as far as clients get it wrong; undefined when it is fine. */
export function refusal(body: JsonObject): WireError | undefined {
  return (
    badFunctions(body) ?? badFormat(objectOf(body.response_format)) ?? badMessages(listOf(body.messages))
  );
}

function badFunctions(body: JsonObject): WireError | undefined {
  for (const [index, { name, strict, parameters }] of functionsOf(body).entries()) {
    const at = `tools[${index}].function`;
    const refused =
      badFunctionName(textOf(name), `${at}.name`) ??
      (strict === true
        ? badStrictSchema(objectOf(parameters), `function '${textOf(name)}'`, `${at}.parameters`)
        : undefined);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function badFormat(format: JsonObject): WireError | undefined {
  const { name, schema, strict } = objectOf(format.json_schema);
  if (format.type !== 'json_schema' || strict !== true) return undefined;
  return badStrictSchema(objectOf(schema), `response_format '${textOf(name)}'`, 'response_format');
}

function badMessages(messages: readonly JsonObject[]): WireError | undefined {
  if (messages.length === 0) {
    const message = "Invalid 'messages': empty array. Expected an array with minimum length 1.";
    return { status: 400, message, param: 'messages' };
  }
  const announced = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const refused = badCalls(message, index, announced) ?? unannounced(message, index, announced);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function badCalls(message: JsonObject, index: number, announced: Set<string>): WireError | undefined {
  for (const [place, call] of listOf(message.tool_calls).entries()) {
    announced.add(textOf(call.id));
    const name = textOf(objectOf(call.function).name);
    const refused = badFunctionName(name, `messages[${index}].tool_calls[${place}].function.name`);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function unannounced(
  message: JsonObject,
  index: number,
  announced: ReadonlySet<string>,
): WireError | undefined {
  if (message.role !== 'tool' || announced.has(textOf(message.tool_call_id))) return undefined;
  return {
    status: 400,
    message:
      "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
    param: `messages.[${index}].role`,
  };
}
