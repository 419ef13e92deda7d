import { extname } from 'node:path';
import { AiosError } from '@aios/protocol';
import type { TextKind } from '../search/index.ts';

type Encoding = 'utf8' | 'base64';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const sniffedBytes = 8192;
const markdownEndings = new Set(['.md', '.mdx', '.markdown']);

/** The text of a file, or undefined when it is not one: it holds a NUL or is not UTF-8. */
export function textOf(content: Buffer): string | undefined {
  if (looksBinary(content)) return undefined;
  try {
    return utf8.decode(content);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Whether the beginning of a file shows that it is not text. */
function looksBinary(content: Buffer): boolean {
  return content.subarray(0, sniffedBytes).includes(0);
}

/** How a text is cut into passages, by the ending of its name. */
export function textKind(path: string): TextKind {
  return markdownEndings.has(extname(path).toLowerCase()) ? 'markdown' : 'plain';
}

export function encodeContent(content: Buffer, encoding: Encoding, path: string): string {
  if (encoding === 'base64') return content.toString('base64');
  try {
    return utf8.decode(content);
  } catch (error) {
    throw new AiosError('invalid_argument', `${path} is not text (UTF-8). Read it with encoding "base64".`, {
      cause: error,
    });
  }
}

/** The bytes of what a caller sent; refuses what would be changed on the way. */
export function decodeContent(content: string, encoding: Encoding): Buffer {
  const bytes = Buffer.from(content, encoding);
  if (bytes.toString(encoding) === content) return bytes;
  throw new AiosError(
    'invalid_argument',
    encoding === 'base64'
      ? 'The content is not base64 (RFC 4648, with padding). Encode it so, or send text with encoding "utf8".'
      : 'The content holds half of a surrogate pair, which UTF-8 can’t carry. Send the bytes with encoding "base64".',
  );
}

/** Lines `startLine` to `endLine` of a text, counted from 1, with their line ends. */
export function sliceLines(text: string, startLine = 1, endLine = Number.POSITIVE_INFINITY): string {
  if (endLine < startLine) {
    throw new AiosError(
      'invalid_argument',
      `endLine (${endLine}) must not be before startLine (${startLine}).`,
    );
  }
  const lines = text.split(/(?<=\n)/);
  return lines.slice(startLine - 1, endLine).join('');
}
