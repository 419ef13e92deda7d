import { expect, test } from 'vitest';
import { toJsonSchema } from './json-schema.ts';

test('Google’s schemas become JSON Schema, whichever way they are written', () => {
  const schema = {
    type: 'OBJECT',
    property_ordering: ['late_by', 'tags'],
    properties: {
      late_by: { type: 'INTEGER', nullable: true },
      tags: { type: 'ARRAY', min_items: '1', maxItems: '3', items: { type: 'STRING' } },
      either: { any_of: [{ type: 'STRING' }, { type: 'NUMBER' }] },
    },
    required: ['late_by'],
  };
  expect(toJsonSchema(schema)).toEqual({
    type: 'object',
    properties: {
      late_by: { type: ['integer', 'null'] },
      tags: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string' } },
      either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
    },
    required: ['late_by'],
  });
});
