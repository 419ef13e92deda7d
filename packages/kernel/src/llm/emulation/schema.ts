import { AiosError, type JsonObject, type JsonValue } from '@aios/protocol';
import { Validator } from '@cfworker/json-schema';

const maxProblems = 5;

/**
 * A check of values against a JSON Schema (draft 2020-12). It answers with what is wrong, in words for a model; empty when
 * nothing is. The schema is interpreted, never compiled, since it comes from callers. Throws `invalid_argument` where the
 * schema itself cannot be used.
 */
export function createSchemaCheck(schema: JsonObject): (value: JsonValue) => string[] {
  const validator = new Validator(schema, '2020-12', false);
  return (value) => {
    try {
      const { valid, errors } = validator.validate(value);
      if (valid) return [];
      const leaves = errors.filter(({ keyword }) => !summaries.has(keyword));
      const told = (leaves.length > 0 ? leaves : errors).slice(0, maxProblems);
      return told.map(
        ({ instanceLocation, error }) => `${instanceLocation.replace(/^#/, '') || '/'}: ${error}`,
      );
    } catch (error) {
      throw new AiosError(
        'invalid_argument',
        `The JSON Schema cannot be used: ${error instanceof Error ? error.message : String(error)}`,
        { details: { field: 'schema' } },
      );
    }
  };
}

/** Keywords whose errors only say that something below them is wrong. */
const summaries = new Set(['properties', 'items', 'prefixItems', 'additionalProperties', '$ref', 'allOf']);
