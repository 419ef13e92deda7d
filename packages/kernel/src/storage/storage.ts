import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { AiosError, type SearchMatch } from '@aios/protocol';
import type { Database } from '../database/index.ts';
import type { FoundPassage, TextIndex } from '../search/index.ts';
import { type Caller, type HandlersOf, handle } from '../syscall/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { Blobs } from './blobs.ts';
import { fileShelf } from './file-index.ts';
import { readFile } from './file-reader.ts';
import { FileReplacer } from './file-replacer.ts';
import { createFileRestorer, type FileRestorer } from './file-restorer.ts';
import { FileWatch } from './file-watch.ts';
import { type FileWrite, FileWriter } from './file-writer.ts';
import { listFolder } from './folder-list.ts';
import { locateExisting } from './locate.ts';
import type { Mount } from './mount.ts';
import { MountTable } from './mount-table.ts';
import { Mounter } from './mounter.ts';
import { whyOverwriting } from './overwrite.ts';
import { refuseTooLarge } from './regular-file.ts';
import { rescanAfterBoot } from './rescan.ts';
import { decodeContent } from './text-content.ts';
import { authorOf, getVersion, listVersions } from './versions.ts';

export interface StorageOptions {
  readonly database: Database;
  readonly textIndex: TextIndex;
  /** Folder of the installation; never shown to agents, but for the root folders in it. */
  readonly home: string;
  /** The folder at `/` of the tenant `default`; others get one each in the home. Made when first needed. */
  readonly rootFolder: string;
  /** Larger files are not indexed; read anew each time, so that a reload counts. */
  readonly maxIndexedFileBytes: () => number;
  readonly logger: Logger;
}

/** Files: mounted folders, versions of what is written to them, and search in what they say. */
export interface Storage extends AsyncDisposable {
  readonly handlers: HandlersOf<'storage'>;
  /** Files as they are on the machine, whoever changes them. */
  readonly files: FileWatch;
  /** The mounts of a tenant, by path. */
  mounts(tenant: string): Promise<Mount[]>;
  /** Takes files back to what they were. */
  readonly restorer: FileRestorer;
}

/** The tenant of a personal installation. */
const mainTenant = 'default';

/** Passages looked at when the caller may not read some of those that matched best. */
const searchedWhenRestricted = 1000;

/** Opens the storage of an installation. Restored mounts are looked through for changes in the background. */
export async function createStorage(options: StorageOptions): Promise<Storage> {
  const { database, textIndex, logger, maxIndexedFileBytes } = options;
  const blobs = await Blobs.open(join(options.home, 'blobs'));
  const replacer = await FileReplacer.open(join(options.home, 'pending-writes'));
  const mounts = new MountTable(database, (tenant) => rootFolderOf(tenant, options));
  const home = await realpath(options.home);
  const mounter = new Mounter({ mounts, textIndex, home, maxIndexedFileBytes, logger });
  const writer = new FileWriter({ database, textIndex, blobs, replacer, maxIndexedFileBytes, logger });
  await mounts.list(mainTenant);

  const closing = new AbortController();
  const rescan = rescanAfterBoot({ mounts, mounter, tenants: [mainTenant], logger }, closing.signal);

  async function write(caller: Caller, input: Omit<FileWrite, 'mount' | 'author'>) {
    const { path } = input;
    const mount = await mounts.find(caller.tenant, path);
    if ((await mounts.below(caller.tenant, path)).length > 0 || mount.path === path) {
      throw new AiosError(
        'invalid_argument',
        `${path} is a folder, in which others are mounted. Name a file in it.`,
      );
    }
    return await writer.write({ ...input, mount, author: authorOf(caller) });
  }

  const handlers: HandlersOf<'storage'> = {
    'storage.mount': handle(async ({ path, source, readOnly, index }, context) => {
      const { caller, signal } = context;
      await context.ensureCurrent();
      const request = { tenant: caller.tenant, path, source, readOnly, indexed: index };
      const mounted = await mounter.mount(request, AbortSignal.any([signal, closing.signal]));
      const { files, passages, skipped } = mounted;
      return { path, source: mounted.source, readOnly: mounted.readOnly, files, passages, skipped };
    }),

    'storage.list': handle(({ path, recursive, limit }, { caller, signal }) => {
      const allows = (folder: string) => caller.policy.allows('storage.read', folder);
      return listFolder(mounts, caller.tenant, path, { recursive, limit, signal, allows });
    }),

    'storage.read': handle((input, { caller }) =>
      readFile({ database, mounts, blobs }, caller.tenant, input),
    ),

    'storage.write': {
      irreversible: ({ path, content, encoding }, caller) =>
        whyOverwriting({ database, mounts }, caller, path, decodeContent(content, encoding)),
      ...handle<'storage.write'>(async ({ path, content, encoding, expectedVersion }, context) => {
        const bytes = decodeContent(content, encoding);
        refuseTooLarge(bytes.length, path);
        return write(context.caller, { path, content: bytes, cause: 'write', expectedVersion, context });
      }),
    },

    'storage.search': handle(async ({ query, path, limit }, { caller }) => {
      const request = { ...fileShelf(caller.tenant), prefix: path, query };
      const mayRead = ({ key }: FoundPassage) => caller.policy.allows('storage.read', key);
      const best = await textIndex.search({ ...request, limit });
      if (best.every(mayRead)) return { matches: best.map(toMatch) };
      const more = await textIndex.search({ ...request, limit: searchedWhenRestricted });
      return { matches: more.filter(mayRead).slice(0, limit).map(toMatch) };
    }),

    'storage.versions': handle(async ({ path }, { caller }) => {
      const versions = await listVersions(database.reader, { tenant: caller.tenant, path });
      // A file that AIOS never wrote has no versions; one that does not exist is an error.
      if (versions.length === 0) await locateExisting(await mounts.find(caller.tenant, path), path);
      return { versions };
    }),

    'storage.rollback': {
      irreversible: ({ path }, caller) => whyOverwriting({ database, mounts }, caller, path, undefined),
      ...handle<'storage.rollback'>(async ({ path, version }, context) => {
        const { caller } = context;
        const content = await getVersion(database.reader, { tenant: caller.tenant, path }, version);
        return write(caller, { path, content, cause: 'rollback', context });
      }),
    },
  };

  return {
    handlers,
    files: new FileWatch(mounts, logger),
    mounts: (tenant) => mounts.list(tenant),
    restorer: createFileRestorer({ database, mounts, writer }),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await rescan;
    },
  };
}

function rootFolderOf(tenant: string, { home, rootFolder }: StorageOptions): string {
  return tenant === mainTenant ? rootFolder : join(home, 'tenants', encodeURIComponent(tenant), 'root');
}

function toMatch({ key, startLine, endLine, heading, text, score }: FoundPassage): SearchMatch {
  return { path: key, startLine, endLine, text, score, ...(heading !== '' && { heading }) };
}
