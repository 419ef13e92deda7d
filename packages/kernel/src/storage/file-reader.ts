import { createHash } from 'node:crypto';
import { AiosError, type SyscallInput, type SyscallOutput } from '@aios/protocol';
import type { Database } from '../database/index.ts';
import type { Blobs } from './blobs.ts';
import { locateExisting } from './locate.ts';
import type { MountTable } from './mount-table.ts';
import { readRegular, refuseTooLarge } from './regular-file.ts';
import { encodeContent, sliceLines } from './text-content.ts';
import { getVersion, latestVersion } from './versions.ts';

interface Sources {
  readonly database: Database;
  readonly mounts: MountTable;
  readonly blobs: Blobs;
}

interface Content {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly version: number | undefined;
}

/** Reads a file as it is now, or a version of it. */
export async function readFile(
  sources: Sources,
  tenant: string,
  input: SyscallInput<'storage.read'>,
): Promise<SyscallOutput<'storage.read'>> {
  const { path, encoding, startLine, endLine } = input;
  const wantsLines = startLine !== undefined || endLine !== undefined;
  if (wantsLines && encoding === 'base64') {
    throw new AiosError('invalid_argument', 'Lines can be chosen with encoding "utf8" only.');
  }
  const { bytes, sha256, version } =
    input.version === undefined
      ? await currentContent(sources, { tenant, path })
      : await earlierContent(sources, { tenant, path }, input.version);
  const whole = encodeContent(bytes, encoding, path);
  const content = wantsLines ? sliceLines(whole, startLine, endLine) : whole;
  return {
    path,
    content,
    encoding,
    sizeBytes: bytes.length,
    sha256,
    ...(version !== undefined && { version }),
  };
}

/** The version is that of the content: none where the file was changed outside AIOS since its latest one. */
async function currentContent(sources: Sources, file: { tenant: string; path: string }): Promise<Content> {
  const mount = await sources.mounts.find(file.tenant, file.path);
  const bytes = await readRegular(await locateExisting(mount, file.path), file.path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const latest = await latestVersion(sources.database.reader, file);
  return { bytes, sha256, version: latest?.sha256 === sha256 ? latest.version : undefined };
}

async function earlierContent(
  sources: Sources,
  file: { tenant: string; path: string },
  version: number,
): Promise<Content> {
  const { sha256, sizeBytes } = await getVersion(sources.database.reader, file, version);
  refuseTooLarge(sizeBytes, file.path);
  return { bytes: await sources.blobs.read(sha256, file.path), sha256, version };
}
