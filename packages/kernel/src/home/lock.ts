import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AiosError } from '@aios/protocol';
import { fileError } from '../config/index.ts';
import { readKernelInfo } from './kernel-info.ts';

const busy = 5;
const full = 13;
const notADatabase = 26;

/**
 * Takes the home for this process. The lock is one of the operating system on an empty SQLite file, so that it goes away with
 * the process, however it ends, and works the same everywhere.
 */
export async function lockHome(home: string): Promise<Disposable> {
  const path = join(home, 'lock.db');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw await explained(error, home, path);
  }
  const held = database;
  return { [Symbol.dispose]: () => held.close() };
}

async function explained(error: unknown, home: string, path: string): Promise<AiosError> {
  const code = sqliteCodeOf(error);
  if (code === busy) return inUse(home);
  if (code === notADatabase) {
    return new AiosError('failed_precondition', `${path} is damaged. It holds nothing: delete it.`, {
      cause: error,
      disposition: 'operator',
    });
  }
  if (code === full) return fileError(Object.assign(new Error(), { code: 'ENOSPC' }), 'Cannot write', path);
  return new AiosError(
    'failed_precondition',
    `Cannot write to ${path}: ${error instanceof Error ? error.message : String(error)}. The home must be a folder that this user can write to; AIOS_HOME chooses another.`,
    { cause: error, disposition: 'operator' },
  );
}

async function inUse(home: string): Promise<AiosError> {
  const kernel = await readKernelInfo(home);
  const holder = kernel
    ? `Another kernel (process ${kernel.osPid}, ${kernel.url}) runs on the home ${home}.`
    : `Another kernel holds the home ${home}; it is starting or closing.`;
  const advice = 'Use that one, stop it with "aios down", or choose another folder with AIOS_HOME.';
  return new AiosError('failed_precondition', `${holder} ${advice}`, {
    disposition: 'operator',
    details: { home, ...(kernel && { osPid: kernel.osPid, url: kernel.url }) },
  });
}

/** Primary result code of SQLite. */
function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}
