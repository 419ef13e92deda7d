import type { JsonObject } from '@aios/protocol';
import { objectOf, subschemas, textsOf, type WireError } from '../wire-server/index.ts';

/**
 * The refusal of a schema that was called strict: its objects are closed and all their properties required.
 * `subject` says whose it is, such as `function 'weather'`.
 */
export function badStrictSchema(schema: JsonObject, subject: string, param: string): WireError | undefined {
  const refuse = (place: string, what: string): WireError => ({
    status: 400,
    message: `Invalid schema for ${subject}: In context=(${place}), ${what}`,
    param,
    code: 'invalid_json_schema',
  });
  if (schema.type !== 'object') return refuse('', `schema must be a JSON Schema of 'type: "object"'.`);
  for (const { schema: inner, place } of subschemas(schema)) {
    if (inner.type !== 'object') continue;
    if (inner.additionalProperties !== false) {
      return refuse(place, "'additionalProperties' is required to be supplied and to be false.");
    }
    const required = textsOf(inner.required);
    const missing = Object.keys(objectOf(inner.properties)).find((name) => !required.includes(name));
    if (missing === undefined) continue;
    return refuse(
      place,
      `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
    );
  }
  return undefined;
}
