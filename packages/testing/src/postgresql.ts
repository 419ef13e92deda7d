import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, glob, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';

/** A PostgreSQL that exists for a test run. */
export interface PostgresCluster extends AsyncDisposable {
  /** Names the database `postgres`; its user may do everything, without a password. */
  readonly url: string;
  /** Makes an empty database and gives its URL. The name is of lower-case letters, digits and underscores. */
  createDatabase(name: string): Promise<string>;
}

interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);

/** Settings for speed: what a test run leaves behind is thrown away anyway. */
const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** Starts a PostgreSQL of this machine’s own programs in a temporary folder; undefined when it has none. */
export async function startPostgres(
  options: { readonly survivesPowerCuts?: boolean } = {},
): Promise<PostgresCluster | undefined> {
  const programs = await findPrograms();
  if (programs === undefined) return undefined;
  const user = await unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), 'aios-postgresql-'));
  try {
    if (user !== undefined) await chown(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    const initialise = [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--no-locale',
      '--no-sync',
    ];
    await run(join(programs, 'initdb'), initialise, { ...user, cwd: folder });
    const port = await freePort();
    const serverOptions = [
      'shared_buffers=32MB',
      ...(options.survivesPowerCuts ? [] : settings),
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
    ];
    const server = spawn(
      join(programs, 'postgres'),
      ['-D', data, ...serverOptions.flatMap((option) => ['-c', option])],
      {
        ...user,
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    await untilReady(server);
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    return {
      url,
      createDatabase: (name) => createDatabase(url, name),
      async [Symbol.asyncDispose]() {
        await stop(server);
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The folder of `initdb` and `postgres`: on PATH, or where Debian keeps them; the newest when there are several. */
async function findPrograms(): Promise<string | undefined> {
  const installed = await Array.fromAsync(glob('/usr/lib/postgresql/*/bin'));
  const newestFirst = installed.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...newestFirst];
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))),
  );
}

async function createDatabase(clusterUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: clusterUrl });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return new URL(name, clusterUrl).href;
}

/** PostgreSQL refuses to run as root, so root hands it to somebody else. */
async function unprivilegedUser(): Promise<UnprivilegedUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.allSettled([run('id', ['-u', name]), run('id', ['-g', name])]);
    if (uid.status === 'fulfilled' && gid.status === 'fulfilled') {
      return { uid: Number(uid.value.stdout), gid: Number(gid.value.stdout) };
    }
  }
  throw new Error('PostgreSQL can’t run as root, and this machine has neither the user postgres nor nobody.');
}

function untilReady(server: ChildProcess): Promise<void> {
  let log = '';
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with code ${code}: ${log}`)));
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000);
      if (text.includes('ready to accept connections')) resolve();
    });
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGQUIT');
  await ended;
}
