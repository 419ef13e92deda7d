import { readFile } from 'node:fs/promises';
import { AiosError } from '@aios/protocol';
import { fileError, SecretsFile, withSecrets } from '../../config/index.ts';
import { openDatabaseReader } from '../../database/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { anchorPath, readHeads } from './anchor.ts';
import { readSegment } from './segment.ts';
import { type AuditVerifier, publicKeyOf, readPublicKey } from './signing-key.ts';
import { type AuditReport, verifyAudit } from './verify.ts';
import { verifyDatabase } from './verify-database.ts';

export interface VerifyOfflineOptions {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** An export or a segment; the database of the home when absent. */
  readonly file?: string | undefined;
  /** File with the public key; that of the home when absent, which a file alone has to do without. */
  readonly publicKey?: string | undefined;
  /** File with signed heads; that of the home when absent. */
  readonly heads?: string | undefined;
}

/**
 * Checks the audit of an installation, or of a file, without a kernel. Throws `failed_precondition` where there is no key to
 * check with, `unavailable` where the database cannot be read.
 */
export async function verifyOffline(options: VerifyOfflineOptions): Promise<AuditReport[]> {
  return options.file === undefined ? await verifyHome(options) : [await verifyFile(options, options.file)];
}

async function verifyHome({
  home,
  env,
  logger,
  publicKey,
  heads,
}: VerifyOfflineOptions): Promise<AuditReport[]> {
  const key = await keyFor(home, publicKey);
  if (key === undefined) {
    throw new AiosError(
      'failed_precondition',
      `${home} has no signing key, so its audit was never on or the key was lost. Name the public key to check with.`,
    );
  }
  const { DATABASE_URL } = withSecrets(env, await new SecretsFile(home).read());
  await using database = await openDatabaseReader({ home, url: DATABASE_URL || undefined, logger });
  return await verifyDatabase(database.reader, { home, key, ...(heads !== undefined && { anchor: heads }) });
}

async function verifyFile(
  { home, publicKey, heads }: VerifyOfflineOptions,
  file: string,
): Promise<AuditReport> {
  const { header, entries } = await readSegment(file);
  const key = (await keyFor(home, publicKey)) ?? readPublicKey(header.publicKey);
  const known = (await readHeads(heads ?? anchorPath(home))) ?? [];
  return await verifyAudit({
    ...header,
    checkpoint: header.checkpoint,
    entries,
    heads: known,
    key,
    isPart: heads === undefined,
  });
}

async function keyFor(home: string, file: string | undefined): Promise<AuditVerifier | undefined> {
  if (file === undefined) return await publicKeyOf(home);
  try {
    return readPublicKey(await readFile(file, 'utf8'));
  } catch (error) {
    if (AiosError.isInstance(error)) throw error;
    throw fileError(error, 'Cannot read', file);
  }
}
