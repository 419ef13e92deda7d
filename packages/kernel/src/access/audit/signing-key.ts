import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { chmod, mkdir, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AiosError } from '@aios/protocol';
import { errorCodeOf, fileError } from '../../config/index.ts';
import { type ChainEnd, canonicalForm } from './entry.ts';

/** What a signature says: up to here the chain of this tenant is so. */
export interface Head extends ChainEnd {
  readonly tenant: string;
}

/** What a signature says of a segment: the entries up to here are in the file with this hash. */
export interface SegmentClaim extends Head {
  readonly segment_sha256: string;
}

const headFormat = 'aios-audit-head-1';
const checkpointFormat = 'aios-audit-checkpoint-1';

function headForm({ tenant, sequence, hash }: Head): Buffer {
  return canonicalForm([headFormat, tenant, sequence, hash]);
}

function checkpointForm({ tenant, sequence, hash, segment_sha256 }: SegmentClaim): Buffer {
  return canonicalForm([checkpointFormat, tenant, sequence, hash, segment_sha256]);
}

/** Signs what the audit of an installation says (Ed25519, RFC 8032). */
export class AuditSigner {
  readonly publicKey: AuditVerifier;
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
    this.publicKey = new AuditVerifier(createPublicKey(key));
  }

  signHead(head: Head): string {
    return sign(null, headForm(head), this.#key).toString('base64');
  }

  signSegment(claim: SegmentClaim): string {
    return sign(null, checkpointForm(claim), this.#key).toString('base64');
  }
}

/** Tells whether a signature is that of the installation. */
export class AuditVerifier {
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  /** SubjectPublicKeyInfo, as `openssl pkey` reads it. */
  get pem(): string {
    return this.#key.export({ type: 'spki', format: 'pem' }).toString();
  }

  isHead(head: Head, signature: string): boolean {
    return verify(null, headForm(head), this.#key, Buffer.from(signature, 'base64'));
  }

  isSegment(claim: SegmentClaim, signature: string): boolean {
    return verify(null, checkpointForm(claim), this.#key, Buffer.from(signature, 'base64'));
  }
}

export function readPublicKey(pem: string): AuditVerifier {
  const key = parsed(() => createPublicKey(pem), 'The public key');
  if (key.asymmetricKeyType !== 'ed25519') throw unusable('The public key', undefined);
  return new AuditVerifier(key);
}

/** The folder of a home in which the audit has its key, its anchor and its segments. */
export function auditFolder(home: string): string {
  return join(home, 'audit');
}

export function signingKeyPath(home: string): string {
  return join(auditFolder(home), 'signing-key.pem');
}

/** Reads the key of a home, or makes it where there is none. Only the owner may read the file. */
export async function openSigningKey(home: string): Promise<AuditSigner> {
  const path = signingKeyPath(home);
  await mkdir(auditFolder(home), { recursive: true, mode: 0o700 });
  const known = await readIfThere(path);
  if (known === undefined) return new AuditSigner(await createKey(path));
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
  const key = parsed(() => createPrivateKey(known), path);
  if (key.asymmetricKeyType !== 'ed25519') throw unusable(path, undefined);
  return new AuditSigner(key);
}

/** The public key of a home; undefined where the audit was never on. */
export async function publicKeyOf(home: string): Promise<AuditVerifier | undefined> {
  const pem = await readIfThere(signingKeyPath(home));
  return pem === undefined ? undefined : readPublicKey(pem);
}

async function createKey(path: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await file.sync();
  } catch (error) {
    throw fileError(error, 'Cannot write', path);
  }
  return privateKey;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw fileError(error, 'Cannot read', path);
  }
}

function parsed(read: () => KeyObject, what: string): KeyObject {
  try {
    return read();
  } catch (error) {
    throw unusable(what, error);
  }
}

function unusable(what: string, cause: unknown): AiosError {
  return new AiosError(
    'failed_precondition',
    `${what} is no Ed25519 key in PEM. Restore it from a backup: what it signed can be checked with no other.`,
    { cause, disposition: 'operator' },
  );
}
