import type { JsonObject, JsonValue } from '@aios/protocol';

const maxTextLength = 500;

/** Arguments for a tool: every required property, text from the question, the rest from the schema. */
export function fillArguments(schema: JsonObject, question: string): JsonObject {
  const properties = propertiesOf(schema);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const wanted = new Set(required.filter((name) => typeof name === 'string'));
  if (properties.query?.type === 'string') wanted.add('query');
  return Object.fromEntries([...wanted].map((name) => [name, fillValue(properties[name] ?? {}, question)]));
}

/** The properties that a JSON Schema describes; empty where it describes none. */
export function propertiesOf(schema: JsonObject): Record<string, JsonObject> {
  const { properties } = schema;
  if (!isObject(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, JsonObject] => isObject(entry[1])),
  );
}

/** A value that a JSON Schema allows; texts hold the given one. */
export function fillValue(schema: JsonObject, question: string): JsonValue {
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  const allowed = schema.enum;
  if (Array.isArray(allowed) && allowed[0] !== undefined) return allowed[0];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type ?? (isObject(schema.properties) ? 'object' : undefined)) {
    case 'string':
      return shorten(question, schema.maxLength);
    case 'integer':
    case 'number':
      return numberFor(schema);
    case 'boolean':
      return false;
    case 'array':
      return isObject(schema.items) && schema.maxItems !== 0 ? [fillValue(schema.items, question)] : [];
    case 'object':
      return fillArguments(schema, question);
    default:
      return null;
  }
}

function numberFor(schema: JsonObject): number {
  const { minimum, exclusiveMinimum, maximum } = schema;
  if (typeof minimum === 'number') return minimum;
  if (typeof exclusiveMinimum === 'number') return exclusiveMinimum + 1;
  return typeof maximum === 'number' ? Math.min(1, maximum) : 1;
}

function shorten(text: string, maxLength: JsonValue | undefined): string {
  return text.slice(0, typeof maxLength === 'number' ? Math.min(maxLength, maxTextLength) : maxTextLength);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
