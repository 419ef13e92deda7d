import { createHash } from 'node:crypto';
import { AiosError } from '@aios/protocol';
import type { Database } from '../database/index.ts';
import type { Caller } from '../syscall/index.ts';
import { locateExisting } from './locate.ts';
import type { MountTable } from './mount-table.ts';
import { readRegular } from './regular-file.ts';
import { authorOf, latestVersion } from './versions.ts';

/** The folder in which an agent may write what it likes. */
const ownFolder = (agent: string): string => `/agents/${agent}/`;

interface Files {
  readonly database: Database;
  readonly mounts: MountTable;
}

/**
 * Why a write takes something away from somebody else: it replaces a file outside of the agent’s own folder that another one
 * wrote last. Nothing where it does not. `content` is what is to be written, where that is known.
 */
export async function whyOverwriting(
  { database, mounts }: Files,
  caller: Caller,
  path: string,
  content: Buffer | undefined,
): Promise<string | undefined> {
  const { process, tenant } = caller;
  if (process === undefined || path.startsWith(ownFolder(process.agent))) return undefined;
  const { author } = authorOf(caller);
  const latest = await latestVersion(database.reader, { tenant, path });
  if (latest?.author === author) return undefined;
  if (latest !== undefined) return `it overwrites ${path}, which ${latest.author} wrote`;
  const mount = await mounts.find(tenant, path);
  // What cannot be found cannot be overwritten; the write itself says what else is wrong with the path.
  const there = await locateExisting(mount, path).catch(nothingThere);
  if (there === undefined) return undefined;
  const current = await readRegular(there, path).catch(nothingThere);
  // What the same write put there before a crash is nobody else’s.
  if (current !== undefined && content !== undefined && sha256(current) === sha256(content)) return undefined;
  return `it overwrites ${path}, which was not written by AIOS`;
}

function nothingThere(error: unknown): undefined {
  if (!AiosError.isInstance(error)) throw error;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
