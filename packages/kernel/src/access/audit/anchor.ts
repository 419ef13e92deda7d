import { appendFile, mkdir, open, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { AiosError } from '@aios/protocol';
import { z } from 'zod';
import { errorCodeOf, fileError } from '../../config/index.ts';
import { auditFolder } from './signing-key.ts';

/** The signed end of a chain, as it is kept outside of the database: a line of JSON each. */
const anchoredHead = z.object({
  tenant: z.string(),
  sequence: z.number().int().positive(),
  hash: z.string(),
  at: z.number().int().describe('When it was anchored'),
  signature: z.string(),
});
export type AnchoredHead = z.infer<typeof anchoredHead>;

/** Where signed heads go besides the home. */
export type Anchor = (heads: readonly AnchoredHead[]) => Promise<void>;

export function anchorPath(home: string): string {
  return join(auditFolder(home), 'heads.jsonl');
}

function toLines(heads: readonly AnchoredHead[]): string {
  return heads.map((head) => `${JSON.stringify(head)}\n`).join('');
}

/** Adds heads to a file; on disk when it resolves. */
export async function appendHeads(path: string, heads: readonly AnchoredHead[]): Promise<void> {
  try {
    await using file = await open(path, 'a', 0o600);
    await file.appendFile(toLines(heads));
    await file.datasync();
  } catch (error) {
    throw fileError(error, 'Cannot write', path);
  }
}

/** An anchor of the configuration: a file, relative to the home, or a URL that takes the lines with POST. */
export function openAnchor(place: string, home: string): Anchor {
  if (/^https?:\/\//i.test(place)) return (heads) => postHeads(place, heads);
  const path = isAbsolute(place) ? place : join(home, place);
  return async (heads) => {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, toLines(heads), { mode: 0o600 });
  };
}

const postTimeoutMs = 10_000;

async function postHeads(url: string, heads: readonly AnchoredHead[]): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/jsonl' },
    body: toLines(heads),
    signal: AbortSignal.timeout(postTimeoutMs),
  });
  await response.body?.cancel();
  if (response.ok) return;
  throw new AiosError('unavailable', `The anchor of the audit answered ${response.status}.`, {
    disposition: 'operator',
  });
}

/** The heads in a file; undefined where there is none. A line that a crash cut off at the end is left out. */
export async function readHeads(path: string): Promise<AnchoredHead[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw fileError(error, 'Cannot read', path);
  }
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [anchoredHead.parse(JSON.parse(line))];
    } catch (error) {
      if (index === lines.length - 1) return [];
      throw new AiosError('failed_precondition', `Line ${index + 1} of ${path} is no signed head.`, {
        cause: error,
        disposition: 'operator',
      });
    }
  });
}
