import type { ChildProcess } from 'node:child_process';

/** What a child process is started with. It finds the kernel at file descriptor 3, and at 4 what tells that the kernel is gone. */
export interface Program {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Starts it elsewhere than beside the kernel, with the same descriptors, in a process group of its own. */
  readonly start?: () => ChildProcess;
}

export const channelDescriptor = 3;
export const lifelineDescriptor = 4;

/** What agents may know of the kernel’s environment: nothing that could be a secret. */
const inheritedVariables = ['PATH', 'TZ', 'LANG', 'LC_ALL', 'TMPDIR'];

export function childEnvironment(): Record<string, string> {
  const known = inheritedVariables.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}
