import { mkdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AiosError, type KernelInfo } from '@aios/protocol';
import { fileError } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { openCredentials } from './credentials.ts';
import { removeKernelInfo, writeKernelInfo } from './kernel-info.ts';
import { lockHome } from './lock.ts';

export interface OpenHomeOptions {
  readonly path: string;
  readonly logger: Logger;
}

/** The folder of an installation, held by this kernel alone until it is disposed of. */
export interface Home {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** Secret that clients show to the kernel. */
  readonly token: string;
  /** Writes down where the kernel can be reached; to be called once it listens. */
  announce(kernel: Pick<KernelInfo, 'url' | 'version'>): Promise<void>;
}

/** Where the installation is: AIOS_HOME, or `.aios` in the user’s own folder. */
export function homePath(environment: Readonly<Record<string, string | undefined>>): string {
  const wanted = environment.AIOS_HOME?.trim() ?? '';
  if (wanted === '') return join(homedir(), '.aios');
  if (wanted === '~' || wanted.startsWith('~/')) return join(homedir(), wanted.slice(1));
  return resolve(wanted);
}

/** Makes the folder where it is missing, locks it and reads the token. Throws `failed_precondition` when it is in use. */
export async function openHome({ path, logger }: OpenHomeOptions): Promise<Home & AsyncDisposable> {
  const folder = await openFolder(path, logger);
  await using stack = new AsyncDisposableStack();
  stack.use(await lockHome(folder));
  // What a killed kernel left behind would send clients to nobody, or to a stranger.
  await removeKernelInfo(folder);
  const token = await openCredentials(folder, logger);
  stack.defer(() => removeKernelInfo(folder));
  const held = stack.move();
  return {
    path: folder,
    token,
    announce: (kernel) =>
      writeKernelInfo(folder, { ...kernel, osPid: process.pid, startedAt: new Date().toISOString() }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function openFolder(path: string, logger: Logger): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const folder = await realpath(path);
    const { mode } = await stat(folder);
    // Only a warning: the folder may be one that was not made for AIOS alone, and its secrets have modes of their own.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      logger.warn(`others on this machine can look into ${folder}; run: chmod 700 "${folder}"`);
    }
    return folder;
  } catch (error) {
    throw explained(error, path);
  }
}

function explained(error: unknown, path: string): AiosError {
  const { message, details = {} } = fileError(error, 'Cannot use the home', path);
  const code = details.systemCode === 'ENOSPC' ? 'unavailable' : 'failed_precondition';
  return new AiosError(code, `${message} AIOS_HOME chooses another folder.`, {
    cause: error,
    disposition: 'operator',
    details,
  });
}
