import { mkdir, realpath } from 'node:fs/promises';
import type { Database } from '../database/index.ts';
import { isAtOrBelow, type Mount } from './mount.ts';

/** The mounts of every tenant: the folder at `/`, which each has, and those that were added and are kept in the database. */
export class MountTable {
  readonly #database: Database;
  readonly #rootFolderOf: (tenant: string) => string;
  readonly #tenants = new Map<string, Promise<Map<string, Mount>>>();

  constructor(database: Database, rootFolderOf: (tenant: string) => string) {
    this.#database = database;
    this.#rootFolderOf = rootFolderOf;
  }

  /** Tenants that have added mounts. */
  async knownTenants(): Promise<string[]> {
    const rows = await this.#database.reader.selectFrom('mounts').select('tenant').distinct().execute();
    return rows.map((row) => row.tenant);
  }

  /** The mounts of a tenant, by path in order. */
  async list(tenant: string): Promise<Mount[]> {
    const mounts = await this.#of(tenant);
    return [...mounts.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  /** The mount that a path belongs to: the deepest one above it. */
  async find(tenant: string, path: string): Promise<Mount> {
    const above = (await this.list(tenant)).filter((mount) => isAtOrBelow(path, mount.path));
    const deepest = above.at(-1);
    if (deepest === undefined) throw new Error(`The path ${path} has no mount, not even the root.`);
    return deepest;
  }

  /** The mount at exactly this path. */
  async at(tenant: string, path: string): Promise<Mount | undefined> {
    return (await this.#of(tenant)).get(path);
  }

  /** Mounts that stand below a path, itself not counted. */
  async below(tenant: string, path: string): Promise<Mount[]> {
    return (await this.list(tenant)).filter((mount) => mount.path !== path && isAtOrBelow(mount.path, path));
  }

  /** Adds a mount or changes the one at its path. */
  async set(mount: Mount): Promise<void> {
    const flags = { read_only: Number(mount.readOnly), indexed: Number(mount.indexed) };
    await this.#database.write((transaction) =>
      transaction
        .insertInto('mounts')
        .values({
          tenant: mount.tenant,
          path: mount.path,
          source: mount.source,
          ...flags,
          created_at: Date.now(),
        })
        .onConflict((conflict) => conflict.columns(['tenant', 'path']).doUpdateSet(flags))
        .execute(),
    );
    (await this.#of(mount.tenant)).set(mount.path, mount);
  }

  #of(tenant: string): Promise<Map<string, Mount>> {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const loading = this.#load(tenant).catch((error: unknown) => {
      this.#tenants.delete(tenant);
      throw error;
    });
    this.#tenants.set(tenant, loading);
    return loading;
  }

  async #load(tenant: string): Promise<Map<string, Mount>> {
    const rootFolder = this.#rootFolderOf(tenant);
    await mkdir(rootFolder, { recursive: true, mode: 0o700 });
    const root: Mount = {
      tenant,
      path: '/',
      source: await realpath(rootFolder),
      readOnly: false,
      indexed: true,
    };
    const rows = await this.#database.reader
      .selectFrom('mounts')
      .selectAll()
      .where('tenant', '=', tenant)
      .execute();
    const added = rows.map(
      ({ path, source, read_only, indexed }): Mount => ({
        tenant,
        path,
        source,
        readOnly: read_only === 1,
        indexed: indexed === 1,
      }),
    );
    return new Map([root, ...added].map((mount) => [mount.path, mount]));
  }
}
