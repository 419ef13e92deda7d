import { AiosError, type JsonObject, type JsonValue } from '@aios/protocol';
import type { z } from 'zod';
import { nearestNames } from '../config/index.ts';

type Issue = z.core.$ZodIssue;

/** A repair can uncover the next one: text that holds an object that holds a number as text. */
const maxRounds = 3;

/** The arguments as the schema wants them, repaired where that loses nothing. Throws `invalid_argument` with all problems. */
export function checkArguments<Input extends z.ZodObject>(
  tool: string,
  input: Input,
  given: JsonObject,
): z.output<Input> {
  const known = Object.keys(input.shape);
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  let current = given;
  let parsed = input.safeParse(current);
  for (let round = 0; round < maxRounds && !parsed.success; round += 1) {
    const repaired = repairAll(current, parsed.error.issues);
    if (repaired === undefined) break;
    current = repaired;
    parsed = input.safeParse(current);
  }
  if (parsed.success && unknown.length === 0) return parsed.data;
  const problems = [
    ...unknown.map((key) => ({ path: key, message: describeUnknown(key, known) })),
    ...(parsed.error?.issues ?? []).map((issue) => ({
      path: formatPath(issue.path),
      message: describe(issue, current),
    })),
  ];
  const list = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new AiosError('invalid_argument', `Tool "${tool}" cannot take these arguments: ${list}.`, {
    details: { tool, problems },
  });
}

/** A copy with every repair that an issue allows; undefined when there is none. */
function repairAll(given: JsonObject, issues: readonly Issue[]): JsonObject | undefined {
  const copy = structuredClone(given);
  let repairs = 0;
  for (const issue of issues) {
    if (issue.code !== 'invalid_type') continue;
    const key = issue.path.at(-1);
    const parent = valueAt(copy, issue.path.slice(0, -1));
    if (typeof parent !== 'object' || parent === null || (typeof key !== 'string' && typeof key !== 'number'))
      continue;
    if (!Object.hasOwn(parent, key)) continue;
    const value: unknown = Reflect.get(parent, key);
    if (value === null && !Array.isArray(parent)) {
      // Models write null for what they leave out.
      Reflect.deleteProperty(parent, key);
      repairs += 1;
      continue;
    }
    const repaired = repair(value, issue.expected);
    if (repaired === undefined) continue;
    Reflect.set(parent, key, repaired);
    repairs += 1;
  }
  return repairs > 0 ? copy : undefined;
}

/** The value in the type that was expected, where it says exactly the same; undefined otherwise. */
function repair(value: unknown, expected: string): JsonValue | undefined {
  if (expected === 'string') {
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (expected === 'number' || expected === 'int') {
    return String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : undefined;
  }
  if (expected === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (expected === 'array' || expected === 'object' || expected === 'record') {
    const parsed = parseJson(text);
    const isFit = expected === 'array' ? Array.isArray(parsed) : isObject(parsed);
    return isFit ? parsed : undefined;
  }
  return undefined;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    // The text is just text; the schema says what it should have been.
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? Reflect.get(inner, key)
        : undefined,
    value,
  );
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function describe(issue: Issue, given: JsonObject): string {
  if (issue.code === 'invalid_type' && valueAt(given, issue.path) === undefined) return 'is required';
  return issue.message;
}

function describeUnknown(key: string, known: readonly string[]): string {
  const [nearest] = nearestNames(key, known);
  if (nearest !== undefined) return `is no argument of this tool; did you mean "${nearest}"?`;
  return known.length === 0
    ? 'is no argument of this tool, which takes none'
    : `is no argument of this tool, which takes ${known.join(', ')}`;
}
