import { parseEnv } from 'node:util';
import { AiosError } from '@aios/protocol';

// Edits text in the syntax of Node’s `util.parseEnv` without touching other lines. What Node reads is the truth: an edit whose
// result it would read in another way than meant is refused.

/** A piece of the text: an assignment, or a line that is none. */
interface Piece {
  readonly text: string;
  /** Counts from 1. */
  readonly line: number;
  /** Absent for comments, empty lines and lines without effect. */
  readonly name?: string;
}

const assignment =
  /[ \t]*(?:export[ \t]+)?([^\s=#"'`]+)[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|`[^`]*`)?[^\n]*(?:\n|$)/y;
const anyLine = /[^\n]*\n|[^\n]+$/y;

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let offset = 0;
  let line = 1;
  while (offset < text.length) {
    assignment.lastIndex = offset;
    anyLine.lastIndex = offset;
    const found = assignment.exec(text);
    const piece = found?.[0] ?? anyLine.exec(text)?.[0] ?? text.slice(offset);
    pieces.push({ text: piece, line, ...(found?.[1] !== undefined && { name: found[1] }) });
    offset += piece.length;
    line += piece.split('\n').length - 1;
  }
  return pieces;
}

/** The variables and their values. */
export function readSecrets(text: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parseEnv(text)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Lines that are neither `NAME=VALUE` nor a comment, counted from 1. */
export function strangeLines(text: string): number[] {
  return piecesOf(text)
    .filter((piece) => piece.name === undefined && !/^\s*(#|$)/.test(piece.text))
    .map(({ line }) => line);
}

/** The text with one variable set. Throws `invalid_argument` for a value that this syntax cannot hold. */
export function withSecret(text: string, name: string, value: string): string {
  const line = `${name}=${quoted(value)}\n`;
  const pieces = piecesOf(text);
  const at = pieces.findIndex((piece) => piece.name === name);
  const kept = pieces.map((piece, index) => {
    if (piece.name !== name) return piece.text;
    return index === at ? line : '';
  });
  const before = kept.join('');
  const edited = at >= 0 ? before : `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}`;
  return verified(edited, { ...readSecrets(text), [name]: value });
}

/** The text without one variable. */
export function withoutSecret(text: string, name: string): string {
  const edited = piecesOf(text)
    .filter((piece) => piece.name !== name)
    .map((piece) => piece.text)
    .join('');
  const { [name]: _removed, ...rest } = readSecrets(text);
  return verified(edited, rest);
}

function quoted(value: string): string {
  if (/^[\w.~+/:@%=-]+$/.test(value)) return value;
  const quote = ["'", '`', '"'].find(
    (mark) => !value.includes(mark) && (mark !== '"' || !value.includes('\\')),
  );
  if (quote !== undefined && !/[\r\n]/.test(value)) return `${quote}${value}${quote}`;
  throw new AiosError(
    'invalid_argument',
    'The value has line breaks, or all kinds of quotes, which no key of a provider has. Was more copied than the key?',
  );
}

function verified(text: string, wanted: Readonly<Record<string, string>>): string {
  const read = readSecrets(text);
  const names = new Set([...Object.keys(read), ...Object.keys(wanted)]);
  const wrong = [...names].filter((name) => read[name] !== wanted[name]);
  if (wrong.length === 0) return text;
  throw new AiosError(
    'failed_precondition',
    `.env is written so that this change would alter ${wrong.join(', ')}. Look for an empty value or a stray quote above, ` +
      'and repair the file by hand.',
    { disposition: 'operator' },
  );
}
