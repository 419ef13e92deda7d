import { randomUUID } from 'node:crypto';
import type { JsonValue, TriggerSource } from '@aios/protocol';
import type { Transaction } from 'kysely';
import { compilePattern } from '../../access/index.ts';
import type { Tables } from '../../database/index.ts';
import type { Caller } from '../../syscall/index.ts';
import type { TriggerEvent, TriggerStore } from './trigger-store.ts';

/** The files of the tree of a tenant. */
export interface Files {
  look(
    tenant: string,
    path: string,
    signal: AbortSignal,
  ): Promise<readonly { readonly path: string; readonly look: string }[]>;
  watch(tenant: string, path: string, onChange: () => void): Promise<Disposable>;
}

export type FileSource = Extract<TriggerSource, { kind: 'file' }>;

/** How files differ from what a trigger knows of them. */
export interface FileChanges {
  readonly changed: ReadonlyMap<string, string>;
  readonly deleted: readonly string[];
  /** Nothing where the trigger is not about these changes. */
  readonly event: TriggerEvent | undefined;
}

/** The folder, or file, that everything a pattern matches is at or below. */
export function baseOf({ path }: Pick<FileSource, 'path'>): string {
  const star = path.indexOf('*');
  if (star < 0) return path;
  return path.slice(0, path.lastIndexOf('/', star)) || '/';
}

/** The files that a trigger is about and its creator may read, and how they look. */
export async function lookAtFiles(
  files: Files,
  source: FileSource,
  { tenant, policy }: Caller,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const isMeant = compilePattern(source.path);
  const found = await files.look(tenant, baseOf(source), signal);
  return new Map(
    found
      .filter(({ path }) => isMeant(path) && policy.allows('storage.read', path))
      .map(({ path, look }) => [path, look]),
  );
}

/** Compares files with what a trigger knows of them; nothing where they are the same. */
export function changesOf(
  { changes }: FileSource,
  known: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): FileChanges | undefined {
  const changed = new Map([...now].filter(([path, look]) => known.get(path) !== look));
  const deleted = [...known.keys()].filter((path) => !now.has(path));
  if (changed.size === 0 && deleted.length === 0) return undefined;
  const all = [
    ...[...changed.keys()].map(
      (path) => ({ path, change: known.has(path) ? 'changed' : 'created' }) as const,
    ),
    ...deleted.map((path) => ({ path, change: 'deleted' }) as const),
  ];
  const told: JsonValue = all.filter(({ change }) => changes.includes(change));
  const event = { delivery: randomUUID(), event: { kind: 'file', changes: told } };
  return { changed, deleted, event: told.length === 0 ? undefined : event };
}

/** Takes the changes in, together with the event that they are. */
export async function recordChanges(
  transaction: Transaction<Tables>,
  store: TriggerStore,
  trigger: number,
  { changed, deleted, event }: FileChanges,
  at: number,
): Promise<void> {
  await store.setFiles(transaction, trigger, changed, deleted);
  if (event !== undefined) await store.put(transaction, trigger, event, at);
}
