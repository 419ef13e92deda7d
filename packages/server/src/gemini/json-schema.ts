import type { JsonObject, JsonValue } from '@aios/protocol';
import { camelKey } from './camel-key.ts';

/** Numbers that Google’s format may write as text, as it does all of 64 bits. */
const counts = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);

/**
 * Google’s `Schema` writes types in capitals, has `nullable` and an order of properties, and names its keywords in camel or
 * in snake case (https://ai.google.dev/api/caching#Schema); here it is JSON Schema.
 */
export function toJsonSchema(schema: JsonObject): JsonObject {
  const keywords = Object.fromEntries(Object.entries(schema).map(([key, value]) => [camelKey(key), value]));
  const { nullable, type, propertyOrdering: _, ...rest } = keywords;
  const entries = Object.entries(rest).map(([key, value]) => [key, translate(key, value)] as const);
  const name = typeof type === 'string' ? type.toLowerCase() : type;
  return {
    ...(name !== undefined && {
      type: nullable === true && typeof name === 'string' ? [name, 'null'] : name,
    }),
    ...Object.fromEntries(entries),
  };
}

function translate(key: string, value: JsonValue): JsonValue {
  if (key === 'items' || key === 'additionalProperties') return isObject(value) ? toJsonSchema(value) : value;
  if (key === 'properties' && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [name, isObject(entry) ? toJsonSchema(entry) : entry]),
    );
  }
  if (key === 'anyOf' && Array.isArray(value)) {
    return value.map((entry) => (isObject(entry) ? toJsonSchema(entry) : entry));
  }
  return counts.has(key) && typeof value === 'string' ? Number(value) : value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
