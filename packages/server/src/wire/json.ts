import { AiosError } from '@aios/protocol';

/** Reads JSON, or throws `invalid_argument` that says where it stops being JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const position = positionOf(cause, text);
    const before = text.slice(0, position);
    const line = before.split('\n').length;
    const column = position - before.lastIndexOf('\n');
    const found =
      position >= text.length ? 'it ends too early' : `unexpected ${JSON.stringify(text[position])}`;
    throw new AiosError(
      'invalid_argument',
      `This is not JSON: ${found} at position ${position} (line ${line}, column ${column}).`,
      { details: { position, line, column } },
    );
  }
}

/** V8 names the position in most of its messages; what it leaves out is a text that ends too early or one bad token. */
function positionOf(cause: unknown, text: string): number {
  const message = cause instanceof Error ? cause.message : '';
  const named = /at position (\d+)/.exec(message)?.[1];
  if (named !== undefined) return Number(named);
  const token = /^Unexpected token '(.)/su.exec(message)?.[1];
  const found = token === undefined ? -1 : text.indexOf(token);
  return found < 0 ? text.length : found;
}
