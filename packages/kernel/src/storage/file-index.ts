import type { Stats } from 'node:fs';
import type { Transaction } from 'kysely';
import type { Tables } from '../database/index.ts';
import { type IndexedDocument, type Shelf, splitPassages, type TextIndex } from '../search/index.ts';
import type { Mount } from './mount.ts';
import { textKind, textOf } from './text-content.ts';

/** A file as the index knows it: a look (size and time) that is cheap to compare, and the content’s hash. */
interface FileState {
  readonly stats: Stats;
  readonly sha256: string;
}

/** The files of a tenant in the text index. */
export function fileShelf(tenant: string): Shelf {
  return { tenant, collection: 'file' };
}

/** Beginning of the fingerprint of a file that looks like this. */
export function lookOf(stats: Stats): string {
  return `${stats.size}-${stats.mtimeMs}-`;
}

export function fingerprintOf({ stats, sha256 }: FileState): string {
  return `${lookOf(stats)}${sha256}`;
}

/** Whether the index covers a name: not what is hidden, nor what a package manager put there. */
export function isIndexable(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules';
}

/** What the index should hold of a file; undefined when it is not text. */
export function documentOf(
  tenant: string,
  path: string,
  content: Buffer,
  state: FileState,
): IndexedDocument | undefined {
  const text = textOf(content);
  if (text === undefined) return undefined;
  const passages = splitPassages(text, textKind(path));
  return { ...fileShelf(tenant), key: path, fingerprint: fingerprintOf(state), passages };
}

/** A file that was just written. */
export interface WrittenFile extends FileState {
  readonly path: string;
  readonly sizeBytes: number;
  read(): Promise<Buffer>;
}

/** Prepares the change to the index that goes with a written file, to be made in the transaction of its version. */
export async function prepareIndexing(
  textIndex: TextIndex,
  mount: Mount,
  file: WrittenFile,
  maximumBytes: number,
): Promise<(transaction: Transaction<Tables>) => Promise<void>> {
  const names = file.path.slice(mount.path.length).split('/');
  if (!mount.indexed || !names.every(isIndexable)) return async () => undefined;
  const content = file.sizeBytes <= maximumBytes ? await file.read() : undefined;
  const document = content && documentOf(mount.tenant, file.path, content, file);
  return (transaction) =>
    document === undefined
      ? textIndex.remove(fileShelf(mount.tenant), [file.path], transaction)
      : textIndex.put(document, transaction);
}
