import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { AiosError } from '@aios/protocol';
import { z } from 'zod';
import { fileError } from '../../config/index.ts';
import type { AuditEntry } from './entry.ts';

// A file of entries: a line of JSON that says what it is, then a line for each entry. Exports and segments are both so.

const format = 'aios-audit-export-1';

const signedCheckpoint = z.object({
  tenant: z.string(),
  sequence: z.number().int(),
  hash: z.string(),
  segment_sha256: z.string(),
  signature: z.string(),
});

const header = z.object({
  format: z.literal(format),
  tenant: z.string(),
  publicKey: z.string().describe('PEM'),
  checkpoint: signedCheckpoint.optional().describe('What the first entry follows'),
});
export type SegmentHeader = Omit<z.infer<typeof header>, 'format'>;

const entry = z.object({
  tenant: z.string(),
  sequence: z.number(),
  at: z.number(),
  user: z.string(),
  key: z.string().nullable(),
  pid: z.number().nullable(),
  agent: z.string().nullable(),
  name: z.string(),
  target: z.string().nullable(),
  outcome: z.string(),
  code: z.string().nullable(),
  attempt: z.number().nullable(),
  arguments_sha256: z.string(),
  arguments: z.string(),
  detail: z.string().nullable(),
  previous_hash: z.string(),
  hash: z.string(),
  signature: z.string().nullable(),
});

/** Writes a file of entries; on disk when it resolves. Gives the SHA-256 of the file, in hexadecimal, and what was written last. */
export async function writeSegment(
  path: string,
  head: SegmentHeader,
  entries: AsyncIterable<AuditEntry> | Iterable<AuditEntry>,
): Promise<{ sha256: string; count: number }> {
  const hash = createHash('sha256');
  let count = 0;
  try {
    await using file = await open(path, 'w', 0o600);
    const write = async (line: object) => {
      const text = `${JSON.stringify(line)}\n`;
      hash.update(text);
      await file.write(text);
    };
    await write({ format, ...head });
    for await (const each of entries) {
      await write(each);
      count += 1;
    }
    await file.sync();
  } catch (error) {
    if (AiosError.isInstance(error)) throw error;
    throw fileError(error, 'Cannot write', path);
  }
  return { sha256: hash.digest('hex'), count };
}

/** Reads a file of entries. Throws `invalid_argument` for a file that is none, and while it is read for a line that is none. */
export async function readSegment(
  path: string,
): Promise<{ header: SegmentHeader; entries: AsyncIterable<AuditEntry> }> {
  const lines = linesOf(path);
  const first = await lines.next();
  if (first.done === true) throw noEntry(path, 1, undefined);
  return { header: parseLine(header, first.value, path, 1), entries: entriesOf(lines, path) };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path, 'utf8');
  try {
    yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw fileError(error, 'Cannot read', path);
  } finally {
    stream.destroy();
  }
}

async function* entriesOf(lines: AsyncIterable<string>, path: string): AsyncGenerator<AuditEntry> {
  let number = 1;
  for await (const line of lines) {
    number += 1;
    yield parseLine(entry, line, path, number);
  }
}

function parseLine<Schema extends z.ZodType>(
  schema: Schema,
  line: string,
  path: string,
  number: number,
): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    throw noEntry(path, number, error);
  }
}

function noEntry(path: string, number: number, cause: unknown): AiosError {
  return new AiosError(
    'invalid_argument',
    `Line ${number} of ${path} is not one of an export of the audit, or it was damaged.`,
    { cause },
  );
}
