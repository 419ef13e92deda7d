import type { JsonObject } from '@aios/protocol';
import { objectOf, textOf, type WireError } from '../../wire-server/index.ts';
import { badFunctionName } from '../function-name.ts';
import { badStrictSchema } from '../strict-schema.ts';
import { functionsOf } from './request.ts';

/** What OpenAI refuses a Responses request for, as far as clients get it wrong; undefined when it is fine. */
export function refusal(body: JsonObject, items: readonly JsonObject[]): WireError | undefined {
  return badFunctions(body) ?? badFormat(objectOf(objectOf(body.text).format)) ?? badItems(items);
}

function badFunctions(body: JsonObject): WireError | undefined {
  for (const [index, { name, strict, parameters }] of functionsOf(body).entries()) {
    const refused =
      badFunctionName(textOf(name), `tools[${index}].name`) ??
      (strict === true
        ? badStrictSchema(objectOf(parameters), `function '${textOf(name)}'`, `tools[${index}].parameters`)
        : undefined);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function badFormat({ type, name, schema, strict }: JsonObject): WireError | undefined {
  if (type !== 'json_schema' || strict !== true) return undefined;
  return badStrictSchema(objectOf(schema), `response_format '${textOf(name)}'`, 'text.format.schema');
}

/** Each call needs its output and each output its call. */
function badItems(items: readonly JsonObject[]): WireError | undefined {
  const ids = (type: string) =>
    items.filter((item) => item.type === type).map((item) => textOf(item.call_id));
  const calls = ids('function_call');
  const outputs = ids('function_call_output');
  const refuse = (message: string): WireError => ({ status: 400, message, param: 'input' });
  if (items.length === 0) return refuse("One of 'input' or 'previous_response_id' must be provided.");
  const loose = outputs.find((id) => !calls.includes(id));
  if (loose !== undefined)
    return refuse(`No tool call found for function call output with call_id ${loose}.`);
  const open = calls.find((id) => !outputs.includes(id));
  return open === undefined ? undefined : refuse(`No tool output found for function call ${open}.`);
}
