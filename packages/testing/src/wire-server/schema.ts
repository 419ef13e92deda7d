import type { JsonObject } from '@aios/protocol';
import { listOf, objectOf } from './json.ts';

/** A JSON schema with all schemas inside it, each with its place, such as `.properties.city`. */
export function subschemas(schema: JsonObject, place = ''): { schema: JsonObject; place: string }[] {
  const named = ['properties', '$defs', 'definitions'].flatMap((key) =>
    Object.entries(objectOf(schema[key])).map(
      ([name, value]) => [`.${key}.${name}`, objectOf(value)] as const,
    ),
  );
  const listed = ['anyOf', 'oneOf', 'allOf'].flatMap((key) =>
    listOf(schema[key]).map((value, index) => [`.${key}[${index}]`, value] as const),
  );
  const items = schema.items === undefined ? [] : [['.items', objectOf(schema.items)] as const];
  const inside = [...named, ...listed, ...items];
  return [{ schema, place }, ...inside.flatMap(([step, value]) => subschemas(value, place + step))];
}
