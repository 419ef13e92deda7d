import { type JsonValue, jsonValue } from '@aios/protocol';
import { JSONRepairError, jsonrepair } from 'jsonrepair';

const fence = /```(?:json5?|JSON)?[^\S\n]*\n([\s\S]*?)(?:\n[^\S\n]*```|$)/;

/**
 * The JSON value that a model’s text is, or holds: in a code fence or between other words. Trailing commas, comments,
 * single quotes and missing closing brackets are forgiven. Undefined where there is none.
 */
export function readJson(text: string): JsonValue | undefined {
  const trimmed = text.trim();
  const strict = parse(trimmed);
  if (strict !== undefined) return strict;
  for (const candidate of candidates(trimmed)) {
    const value = parse(candidate) ?? repaired(candidate);
    if (value !== undefined) return value;
  }
  return undefined;
}

function* candidates(text: string): Iterable<string> {
  const fenced = fence.exec(text)?.[1];
  if (fenced !== undefined && /[{[]/.test(fenced)) yield fenced.trim();
  const start = text.search(/[{[]/);
  if (start < 0) return;
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'));
  yield end > start ? text.slice(start, end + 1) : text.slice(start);
}

function parse(text: string): JsonValue | undefined {
  try {
    return jsonValue.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function repaired(text: string): JsonValue | undefined {
  try {
    return parse(jsonrepair(text));
  } catch (error) {
    if (!(error instanceof JSONRepairError)) throw error;
    return undefined;
  }
}
