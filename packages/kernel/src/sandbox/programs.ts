import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { AiosError } from '@aios/protocol';

/** Where the programs are that make a sandbox. */
export interface SandboxPrograms {
  readonly bwrap: string;
  readonly prlimit: string;
  readonly choom: string;
  readonly setpriv: string;
}

/** Where programs are looked for: where the kernel’s environment says, and where they mostly are. */
export const programFolders: readonly string[] = [
  ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
  '/usr/bin',
  '/usr/local/bin',
  '/bin',
];

/** Throws `failed_precondition` that says what to install. */
export async function findPrograms(folders: readonly string[]): Promise<SandboxPrograms> {
  return {
    bwrap: await find('bwrap', 'bubblewrap', folders),
    prlimit: await find('prlimit', 'util-linux', folders),
    choom: await find('choom', 'util-linux', folders),
    setpriv: await find('setpriv', 'util-linux', folders),
  };
}

async function find(name: string, from: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw noSandbox(
    `the program ${name} is missing. Install the package ${from} (Debian, Ubuntu: apt install ${from})`,
  );
}

/** The machine cannot make a sandbox. Nothing runs without one instead. */
export function noSandbox(reason: string, cause?: unknown): AiosError {
  return new AiosError(
    'failed_precondition',
    `This machine has no sandbox: ${reason}. Nothing was run. See docs/sandbox.md.`,
    { cause, disposition: 'operator' },
  );
}
