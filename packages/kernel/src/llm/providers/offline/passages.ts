import type { JsonValue } from '@aios/protocol';

/** A piece of text that may be quoted. */
export interface Passage {
  text: string;
  /** What to cite: a path, an id, a URL, the name of a tool. */
  source: string;
  /** Line that the text begins at; absent where lines mean nothing. */
  startLine?: number;
  heading?: string;
}

export interface ToolOutcome {
  passages: Passage[];
  /** What the tool said instead of a result. */
  failure?: string;
}

const textFields = ['text', 'content', 'snippet', 'passage', 'body', 'summary'];
const sourceFields = ['path', 'file', 'source', 'uri', 'url', 'title', 'name', 'id', 'key'];
const lineFields = ['startLine', 'start_line', 'line', 'lineNumber'];
const headingFields = ['heading', 'title', 'section', 'context'];

const maxDepth = 6;
const maxPassages = 200;

/** Reads what a tool answered: JSON in which objects carry text and where it is from, or plain text. */
export function readToolResult(content: string, toolName: string): ToolOutcome {
  const failure = /^Error \([a-z_]+\): /.test(content) ? content : undefined;
  if (failure !== undefined) return { passages: [], failure };
  const parsed = parseJson(content);
  if (parsed === undefined || typeof parsed === 'string') {
    const text = parsed ?? content;
    return { passages: text.trim() === '' ? [] : [{ text, source: toolName }] };
  }
  const passages: Passage[] = [];
  collect(parsed, undefined, passages, 0);
  const reported = passages.length === 0 ? reportedFailure(parsed) : undefined;
  return { passages, ...(reported !== undefined && { failure: reported }) };
}

function parseJson(content: string): JsonValue | undefined {
  if (!/^\s*[[{"]/.test(content)) return undefined;
  try {
    return JSON.parse(content);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function collect(value: JsonValue, parentSource: string | undefined, into: Passage[], depth: number): void {
  if (depth > maxDepth || into.length >= maxPassages || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, parentSource, into, depth + 1);
    return;
  }
  const source = textOf(value, sourceFields) ?? parentSource;
  const text = textOf(value, textFields);
  if (text !== undefined && source !== undefined) {
    into.push({ text, source, ...lineOf(value), ...headingOf(value, text) });
    return;
  }
  for (const inner of Object.values(value)) collect(inner, source, into, depth + 1);
}

function textOf(record: { [key: string]: JsonValue }, fields: readonly string[]): string | undefined {
  for (const field of fields) {
    const value = record[field];
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return undefined;
}

function lineOf(record: { [key: string]: JsonValue }): { startLine?: number } {
  for (const field of lineFields) {
    const value = record[field];
    if (typeof value === 'number' && value >= 1) return { startLine: Math.floor(value) };
  }
  return {};
}

function headingOf(record: { [key: string]: JsonValue }, text: string): { heading?: string } {
  const heading = textOf(record, headingFields);
  return heading === undefined || heading === text ? {} : { heading };
}

function reportedFailure(value: JsonValue): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { error, detail } = value;
  if (typeof detail === 'string') return detail;
  if (typeof error === 'string') return error;
  return typeof error === 'object' && error !== null && !Array.isArray(error)
    ? textOf(error, ['message', 'detail'])
    : undefined;
}
