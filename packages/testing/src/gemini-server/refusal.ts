import type { JsonObject } from '@aios/protocol';
import {
  listOf,
  objectOf,
  type Signatures,
  subschemas,
  textOf,
  type WireError,
} from '../wire-server/index.ts';
import { functionDeclarations } from './request.ts';
import { unsignedCall } from './thought-signatures.ts';

const functionName = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

/** The fields of Gemini’s Schema; other words of JSON Schema need the fields that take one whole. */
const schemaFields = new Set(
  (
    'anyOf default description enum example format items maxItems maxLength maxProperties maximum minItems ' +
    'minLength minProperties minimum nullable pattern properties propertyOrdering required title type'
  ).split(' '),
);

/** What Gemini refuses a request for, as far as clients get it wrong; undefined when it is fine. */
export function refusal(body: JsonObject, signatures: Signatures, model: string): WireError | undefined {
  const message =
    badFunctions(body) ??
    unknownField(objectOf(body.generationConfig).responseSchema, 'generation_config.response_schema') ??
    badContents(listOf(body.contents)) ??
    unsignedCall(listOf(body.contents), signatures, model);
  return message === undefined ? undefined : { status: 400, message };
}

function badFunctions(body: JsonObject): string | undefined {
  for (const [index, declaration] of functionDeclarations(body).entries()) {
    const at = `tools[0].function_declarations[${index}]`;
    if (!functionName.test(textOf(declaration.name))) {
      return `* GenerateContentRequest.${at}.name: [FIELD_INVALID] Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:) or dashes (-), with a maximum length of 64.`;
    }
    const refused = unknownField(declaration.parameters, `${at}.parameters`);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/** Google takes every name in snake case, too (https://protobuf.dev/programming-guides/json/). */
function camelCase(field: string): string {
  return field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function unknownField(schema: JsonObject[string] | undefined, at: string): string | undefined {
  for (const { schema: inner, place } of subschemas(objectOf(schema))) {
    const unknown = Object.keys(inner).find((field) => !schemaFields.has(camelCase(field)));
    if (unknown === undefined) continue;
    return `Invalid JSON payload received. Unknown name "${unknown}" at '${at}${place}': Cannot find field.`;
  }
  return undefined;
}

function badContents(contents: readonly JsonObject[]): string | undefined {
  if (contents.length === 0) return '* GenerateContentRequest.contents: contents is not specified';
  for (const [index, content] of contents.entries()) {
    const refused = badParts(content, index) ?? badResponses(content, contents[index - 1]);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function badParts(content: JsonObject, index: number): string | undefined {
  const parts = listOf(content.parts);
  if (parts.length === 0) {
    return `* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.`;
  }
  if (!['user', 'model'].includes(textOf(content.role) || 'user')) {
    return 'Please use a valid role: user, model.';
  }
  return undefined;
}

/** Each function’s response needs its call in the content before. */
function badResponses(content: JsonObject, before: JsonObject | undefined): string | undefined {
  const responses = listOf(content.parts).filter((part) => part.functionResponse !== undefined);
  const calls = listOf(before?.parts).filter((part) => part.functionCall !== undefined);
  if (responses.length === 0 && calls.length === 0) return undefined;
  if (responses.length === calls.length) return undefined;
  return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
}
