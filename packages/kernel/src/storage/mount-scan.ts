import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { IndexedDocument, TextIndex } from '../search/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { withFileErrors } from './file-errors.ts';
import { documentOf, fileShelf, fingerprintOf, lookOf } from './file-index.ts';
import { type WalkedFile, walkFolder } from './folder-walk.ts';
import { isAtOrBelow, type Mount } from './mount.ts';
import { openRegular } from './regular-file.ts';

export interface ScanReport {
  readonly files: number;
  readonly passages: number;
  readonly skipped: number;
}

export interface ScanOptions {
  readonly mount: Mount;
  /** Paths below the mount that belong to other mounts. */
  readonly nested: readonly string[];
  readonly textIndex: TextIndex;
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

type Finding =
  | { readonly kind: 'unchanged' | 'skipped' }
  | { readonly kind: 'touched'; readonly fingerprint: string }
  | { readonly kind: 'changed'; readonly document: IndexedDocument };

const readAtOnce = 16;
/** So many changed files make it worth counting the index anew. */
const manyFiles = 100;

/** Brings the index in line with a mount’s folder: changed files are indexed, vanished ones removed. */
export async function scanMount(options: ScanOptions): Promise<ScanReport> {
  const { mount, nested, textIndex } = options;
  const shelf = fileShelf(mount.tenant);
  await withFileErrors(mount.path, () => stat(mount.source));
  const known = await textIndex.fingerprints(shelf, mount.path);
  for (const key of known.keys()) {
    if (nested.some((path) => isAtOrBelow(key, path))) known.delete(key);
  }
  const vanished = new Set(known.keys());
  let files = 0;
  let skipped = 0;
  let changed = 0;
  const onUnreadable = (path: string, error: unknown) => {
    skipped += 1;
    options.logger.debug({ path, error }, 'a folder can’t be read and is not indexed');
  };
  const walk = walkFolder(mount.path, mount.source, {
    except: new Set(nested),
    signal: options.signal,
    onUnreadable,
  });
  for await (const batch of inBatches(walk, readAtOnce)) {
    options.signal.throwIfAborted();
    const findings = await Promise.all(batch.map((file) => examine(file, known.get(file.path), options)));
    for (const [index, { path }] of batch.entries()) {
      const isSkipped = findings[index]?.kind === 'skipped';
      if (isSkipped) skipped += 1;
      else files += 1;
      if (!isSkipped) vanished.delete(path);
    }
    await apply(batch, findings, options);
    changed += findings.filter(({ kind }) => kind === 'changed').length;
  }
  if (changed >= manyFiles) await textIndex.updateStatistics();
  await textIndex.remove(shelf, [...vanished]);
  return { files, passages: await countPassages(options), skipped };
}

async function apply(
  batch: WalkedFile[],
  findings: Finding[],
  { mount, textIndex }: ScanOptions,
): Promise<void> {
  await textIndex.putMany(
    findings.flatMap((finding) => (finding.kind === 'changed' ? [finding.document] : [])),
  );
  const shelf = fileShelf(mount.tenant);
  await Promise.all(
    batch.map(async ({ path }, index) => {
      const finding = findings[index];
      if (finding?.kind !== 'touched') return;
      await textIndex.setFingerprint({ ...shelf, key: path, fingerprint: finding.fingerprint });
    }),
  );
}

/** Compares a file with what the index knows: by its look first, by its content where that differs. */
async function examine(
  { path, file }: WalkedFile,
  known: string | undefined,
  { mount, maximumBytes, logger }: ScanOptions,
): Promise<Finding> {
  try {
    await using handle = await openRegular(file, path);
    const stats = await handle.stat();
    if (known?.startsWith(lookOf(stats))) return { kind: 'unchanged' };
    if (stats.size > maximumBytes) return { kind: 'skipped' };
    const content = await handle.readFile();
    const state = { stats, sha256: createHash('sha256').update(content).digest('hex') };
    if (known?.endsWith(`-${state.sha256}`)) return { kind: 'touched', fingerprint: fingerprintOf(state) };
    const document = documentOf(mount.tenant, path, content, state);
    return document === undefined ? { kind: 'skipped' } : { kind: 'changed', document };
  } catch (error) {
    logger.debug({ path, error }, 'a file can’t be read and is not indexed');
    return { kind: 'skipped' };
  }
}

/** Passages of the mount, without those of the mounts that stand in it. */
async function countPassages({ mount, nested, textIndex }: ScanOptions): Promise<number> {
  const shelf = fileShelf(mount.tenant);
  const outermost = nested.filter(
    (path) => !nested.some((other) => other !== path && isAtOrBelow(path, other)),
  );
  const [own, ...others] = await Promise.all(
    [mount.path, ...outermost].map((path) => textIndex.count(shelf, path)),
  );
  return others.reduce((rest, other) => rest - other.passages, own?.passages ?? 0);
}

async function* inBatches<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
