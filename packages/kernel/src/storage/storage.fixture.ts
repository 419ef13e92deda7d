import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  pid as pidSchema,
  type SyscallInput,
  type SyscallName,
  type SyscallOutput,
  type SyscallRequest,
  syscalls,
  tenantId,
  userId,
} from '@aios/protocol';
import { policyThat } from '../access/policy.fixture.ts';
import { type Database, openDatabase } from '../database/index.ts';
import { createTextIndex } from '../search/index.ts';
import type { Caller } from '../syscall/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { createStorage, type Storage } from './index.ts';

// For the tests of this room: a storage in a temporary home, called as the path of a system call would.

type StorageCall = Extract<SyscallName, `storage.${string}`>;

interface TestPlace extends AsyncDisposable {
  readonly home: string;
  readonly database: Database;
}

interface CallerOptions {
  readonly tenant?: string;
  readonly agent?: string;
  readonly pid?: number;
  readonly allows?: (path: string) => boolean;
}

/** Someone who may read what `allows` says, everything when absent. */
export function callerOf({ tenant = 'default', agent, pid = 1, allows }: CallerOptions = {}): Caller {
  return {
    tenant: tenantId.parse(tenant),
    user: userId.parse('anna'),
    policy: policyThat((_action, target) => allows === undefined || allows(target ?? '')),
    ...(agent !== undefined && { process: { pid: pidSchema.parse(pid), agent, durable: false, fence: 1 } }),
  };
}

const logger = createLogger('silent');

/** A world on SQLite, for what does not depend on the database. */
export async function createSqliteWorld(): Promise<Awaited<ReturnType<typeof createWorld>>> {
  const home = await mkdtemp(join(tmpdir(), 'aios-home-'));
  const database = await openDatabase({ home, logger });
  const close = async () => {
    await database[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  };
  return createWorld({ create: async () => ({ home, database, [Symbol.asyncDispose]: close }) });
}

/** Opens a storage on a new database of the driver; `maxIndexedFileBytes` is 100,000. */
export async function createWorld(driver: { create(): Promise<TestPlace> }) {
  const place = await driver.create();
  const home = await realpath(place.home);
  const folders = await realpath(await mkdtemp(join(tmpdir(), 'aios-folders-')));
  const root = join(home, 'root');
  const open = (): Promise<Storage> =>
    createStorage({
      database: place.database,
      textIndex: createTextIndex(place.database),
      home,
      rootFolder: root,
      maxIndexedFileBytes: () => 100_000,
      logger,
    });
  let storage = await open();

  /** Makes a call without the checks of its schema. */
  function callUnchecked<Name extends StorageCall>(
    name: Name,
    input: SyscallInput<Name>,
    caller: Caller = callerOf(),
  ): Promise<SyscallOutput<Name>> {
    const prepared = storage.handlers[name].prepare(input, caller);
    return prepared.execute({
      call: '1',
      caller,
      signal: new AbortController().signal,
      invoke: () => Promise.reject(new Error('storage makes no calls')),
      invokeBehind: () => Promise.reject(new Error('storage makes no calls')),
      moveTo: async () => undefined,
      progress: () => undefined,
      onYield: () => undefined,
      runToEnd: () => undefined,
      mayYield: () => false,
      authorise: async () => undefined,
      commit: (job) => place.database.write(job),
      idempotencyKey: undefined,
      ensureCurrent: async () => undefined,
    });
  }

  function call<Name extends StorageCall>(name: Name, request: SyscallRequest<Name>, caller?: Caller) {
    const input = syscalls[name].input.parse(request) as SyscallInput<Name>;
    return callUnchecked(name, input, caller);
  }

  return {
    home,
    database: place.database,
    root,
    call,
    callUnchecked,
    get storage() {
      return storage;
    },
    read: (path: string, more: Partial<SyscallRequest<'storage.read'>> = {}) =>
      call('storage.read', { path, ...more }),
    write: (
      path: string,
      content: string,
      { caller, ...more }: Partial<SyscallRequest<'storage.write'>> & { caller?: Caller } = {},
    ) => call('storage.write', { path, content, ...more }, caller),
    /** Paths of the files that match, in order of the alphabet. */
    async find(query: string) {
      const { matches } = await call('storage.search', { query });
      return matches.map((match) => match.path).sort();
    },
    /** Makes a folder outside the home with these files. */
    async folder(name: string, files: Record<string, string | Buffer>) {
      const folder = join(folders, name);
      await mkdir(folder);
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), content);
      }
      return folder;
    },
    /** Closes the storage and opens it again, as a boot would. */
    async restart() {
      await storage[Symbol.asyncDispose]();
      storage = await open();
    },
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
      await rm(folders, { recursive: true, force: true });
    },
  };
}
