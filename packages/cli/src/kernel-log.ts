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
    throw new CommandFailure(
      `Cannot write ${path} (${code}). Give this user the right to, or name another folder with --home or AIOS_HOME.`,
      exitCodes.failed,
      { cause },
    );
  }
}
