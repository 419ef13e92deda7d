import { z } from 'zod';

/** What of JSON Schema the protocol’s schemas use. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

export const schema: z.ZodType<Schema> = z.looseObject({});

export interface Field {
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly default: unknown;
  readonly description: string;
}

/** The fields of an object, those of objects and lists inside it too: `used.calls`, `entries[].path`. */
export function fieldsOf({ properties = {}, required = [] }: Schema, prefix = ''): Field[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const row: Field = {
      path,
      type: typeText(field),
      isRequired: required.includes(name),
      default: field.default,
      description: field.description ?? '',
    };
    if (field.properties) return [{ ...row, type: 'object' }, ...fieldsOf(field, `${path}.`)];
    const { items } = field;
    if (items?.properties) return [listRow(row, field), ...fieldsOf(items, `${path}[].`)];
    const variants = items && variantsOf(items);
    if (variants?.every(({ properties: inner }) => inner)) {
      return [listRow(row, field), ...variants.flatMap((variant) => variantFields(variant, path))];
    }
    return [row];
  });
}

function listRow(row: Field, field: Schema): Field {
  return { ...row, type: `list of objects${countText(field)}` };
}

/** The fields of one kind of the objects in a list, named by the field that tells it: `messages[role: "user"].content`. */
function variantFields(variant: Schema, path: string): Field[] {
  const told = Object.entries(variant.properties ?? {}).find(([, field]) => field.const !== undefined);
  const kind = told ? `${told[0]}: ${JSON.stringify(told[1].const)}` : '';
  return fieldsOf(variant, `${path}[${kind}].`).filter(
    (field) => field.path !== `${path}[${kind}].${told?.[0]}`,
  );
}

function variantsOf({ anyOf, oneOf }: Schema): Schema[] | undefined {
  return anyOf ?? oneOf;
}

/** A schema in words. */
export function typeText(field: Schema): string {
  if (field.$ref)
    return field.$ref.endsWith('/JsonValue') ? 'any JSON value' : (field.$ref.split('/').at(-1) ?? '');
  if (field.const !== undefined) return JSON.stringify(field.const);
  if (field.enum) return field.enum.map((value) => JSON.stringify(value)).join(' or ');
  const variants = variantsOf(field);
  if (variants) return variants.map(typeText).join(' or ');
  const { type } = field;
  if (Array.isArray(type)) return type.map((each) => typeText({ ...field, type: each })).join(' or ');
  switch (type) {
    case 'array':
      return `list of ${typeText(field.items ?? {})}${countText(field)}`;
    case 'object':
      return objectText(field);
    case 'string':
      return `string${rangeText(field.minLength, field.maxLength, ' characters')}`;
    case 'integer':
    case 'number':
      return `${type}${rangeText(lowest(field), field.maximum)}`;
    default:
      return type ?? 'any JSON value';
  }
}

function objectText({ properties, required = [], additionalProperties }: Schema): string {
  if (properties) {
    const parts = Object.entries(properties).map(
      ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${typeText(field)}`,
    );
    return `{ ${parts.join(', ')} }`;
  }
  const value = typeof additionalProperties === 'object' ? typeText(additionalProperties) : 'any JSON value';
  return value === 'any JSON value' ? 'JSON object' : `object with values of ${value}`;
}

function countText({ minItems, maxItems }: Schema): string {
  return rangeText(minItems, maxItems);
}

function lowest({ type, minimum, exclusiveMinimum }: Schema): number | undefined {
  return type === 'integer' && exclusiveMinimum !== undefined ? exclusiveMinimum + 1 : minimum;
}

function rangeText(from: number | undefined, to: number | undefined, unit = ''): string {
  if (from !== undefined && to !== undefined) return ` (${from} to ${to}${unit})`;
  if (to !== undefined) return ` (at most ${to}${unit})`;
  if (from !== undefined && from > 0) return ` (at least ${from}${unit})`;
  return '';
}
