// Conditions on the arguments of a call, as they stand at the end of a permission: `(command=git **, amount<=100)`.

import { AiosError } from '@aios/protocol';
import { compilePattern } from './pattern.ts';

/** Whether a call’s arguments fulfil the conditions. */
export type Conditions = (given: Readonly<Record<string, unknown>>) => boolean;

interface Condition {
  /** Names of fields, from the outermost on. */
  readonly path: readonly string[];
  fulfils(value: unknown): boolean;
}

const field = '[A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*';
const operator = '<=|>=|=';
/** The whole list, from the first field on to the end of the permission. */
const list = new RegExp(`\\((?=${field}(?:${operator}))(?<conditions>.*)\\)$`, 's');
const separator = new RegExp(`,\\s*(?=${field}(?:${operator}))`);
const single = new RegExp(`^(?<path>${field})(?<operator>${operator})(?<operand>.*)$`, 's');

/** Cuts the conditions off the end of a permission, where it has any. Throws `invalid_argument` for a bound that is no number. */
export function splitConditions(text: string): { rest: string; conditions: Conditions | undefined } {
  const found = list.exec(text);
  if (found === null) return { rest: text, conditions: undefined };
  const parts = (found.groups?.conditions ?? '').split(separator).map(parseCondition);
  return {
    rest: text.slice(0, found.index),
    conditions: (given) => parts.every(({ path, fulfils }) => fulfils(valueAt(given, path))),
  };
}

function parseCondition(text: string): Condition {
  const groups = single.exec(text)?.groups ?? {};
  const { path = '', operand = '' } = groups;
  return { path: path.split('.'), fulfils: comparison(groups.operator, operand.trim()) };
}

function comparison(sign: string | undefined, operand: string): Condition['fulfils'] {
  if (sign === '=') {
    const matches = compilePattern(operand);
    return (value) => everyText(value, matches);
  }
  const bound = Number(operand);
  if (operand === '' || Number.isNaN(bound)) {
    throw new AiosError(
      'invalid_argument',
      `In a permission, "${sign}" compares with a number, not with "${operand}".`,
    );
  }
  return (value) => typeof value === 'number' && (sign === '<=' ? value <= bound : value >= bound);
}

/** Of a list every element must match, and it must have one. */
function everyText(value: unknown, matches: (text: string) => boolean): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((each) => everyText(each, matches));
  if (typeof value === 'string') return matches(value);
  return (typeof value === 'number' || typeof value === 'boolean') && matches(String(value));
}

function valueAt(given: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Readonly<Record<string, unknown>>)[name]
        : undefined,
    given,
  );
}
