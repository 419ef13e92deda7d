import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailure } from './command-failure.ts';
import { exitCodes } from './exit-codes.ts';

/** Opens `kernel.log` in a home for appending, where the log goes when it must not stand between what people read. */
export async function openKernelLog(home: string) {
  const path = join(home, 'kernel.log');
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    return { path, file: await open(path, 'a', 0o600) };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new CommandFailure(explain(home, path, code), exitCodes.failed, { cause });
  }
}

function explain(home: string, path: string, code: string): string {
  const elsewhere = 'name another folder with --home or AIOS_HOME.';
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return `The home ${home} is, or lies below, a file. Move it, or ${elsewhere}`;
  if (code === 'ENOSPC') return `Cannot write ${path}: the disk is full. Free some space, or ${elsewhere}`;
  return `Cannot write ${path} (${code}). Give this user the right to, or ${elsewhere}`;
}
