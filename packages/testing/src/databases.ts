import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { realComponent } from './real-component.ts';

/** Where a database of a test lives. */
interface Place {
  readonly home: string;
  readonly url?: string;
}

/** A database driver under test. */
export interface DatabaseDriver<Database> {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Makes a new empty database; it and its home are removed when the place is disposed. */
  create(): Promise<TestDatabase<Database>>;
}

/** An empty home with an open database, and the means to open it once more. */
export interface TestDatabase<Database> extends AsyncDisposable {
  readonly home: string;
  readonly database: Database;
  reopen(): Promise<Database>;
}

/** A database that whole installations are tested on. */
export interface DatabaseKind {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Where a new empty one is, as `bootInstallation` takes it: nowhere in particular for SQLite, which is in the home. */
  place(): Promise<{ databaseUrl?: string }>;
}

/** The databases that this machine can test, for suites that must hold on each: `describe.each(await databaseKinds())`. */
export async function databaseKinds(): Promise<DatabaseKind[]> {
  const sqlite: DatabaseKind = { name: 'SQLite', place: async () => ({}) };
  const available = realComponent(
    'PostgreSQL',
    await newPostgresDatabase(),
    'Install the package postgresql.',
  );
  if (available === undefined) return [sqlite];
  const place = async () => {
    const databaseUrl = await newPostgresDatabase();
    if (databaseUrl === undefined) throw new Error('PostgreSQL is gone.');
    return { databaseUrl };
  };
  return [sqlite, { name: 'PostgreSQL', place }];
}

/**
 * The same with the driver opened: `describe.each(await databaseDrivers(open))`. `open` is called with the place, usually to
 * call the kernel’s `openDatabase`.
 */
export async function databaseDrivers<Database extends AsyncDisposable>(
  open: (place: Place) => Promise<Database>,
): Promise<DatabaseDriver<Database>[]> {
  return (await databaseKinds()).map(({ name, place }) => ({
    name,
    create: async () => {
      const { databaseUrl } = await place();
      return await createTestDatabase(open, databaseUrl === undefined ? {} : { url: databaseUrl });
    },
  }));
}

/** URL of a new empty database in the PostgreSQL of this test run, started when first asked for; undefined without one. */
export async function newPostgresDatabase(): Promise<string | undefined> {
  const response = await fetch(inject('postgresBroker'));
  const body = await response.text();
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`PostgreSQL for the tests could not be started: ${body}`);
  return body;
}

async function createTestDatabase<Database extends AsyncDisposable>(
  open: (place: Place) => Promise<Database>,
  where: { url?: string },
): Promise<TestDatabase<Database>> {
  const home = await mkdtemp(join(tmpdir(), 'aios-home-'));
  const opened: Database[] = [];
  const reopen = async () => {
    const database = await open({ home, ...where });
    opened.push(database);
    return database;
  };
  return {
    home,
    database: await reopen(),
    reopen,
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((database) => database[Symbol.asyncDispose]()));
      await rm(home, { recursive: true, force: true });
    },
  };
}
