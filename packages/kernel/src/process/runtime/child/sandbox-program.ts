import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AiosError } from '@aios/protocol';
import {
  reservedByNodeBytes,
  type Sandbox,
  type SandboxLimits,
  type SandboxMount,
} from '../../../sandbox/index.ts';
import { isAgentFile, isPython } from '../../agent-registry.ts';
import { channelDescriptor, lifelineDescriptor, type Program } from './program.ts';

export interface SandboxProgramOptions {
  readonly sandbox: Sandbox;
  /** The program of an agent as it runs outside of a sandbox. */
  readonly node: (entry: string) => Program;
  readonly python: (entry: string) => Promise<Program>;
  /** Folder with the module `aios_sdk`. */
  readonly pythonPath: string | undefined;
  readonly offeredImports: Readonly<Record<string, string>>;
  readonly maxHeapBytes: () => number;
  readonly limits: () => Pick<SandboxLimits, 'processes' | 'diskBytes' | 'files'>;
  /** The folder with all state of the installation, which no agent may see. */
  readonly home: string;
}

/** What a program needs beside the heap that its agent may fill. */
const programBytes = 256 * 1024 * 1024;
const channels = lifelineDescriptor - channelDescriptor + 1;
const hostMain = fileURLToPath(import.meta.resolve('@aios/host/child'));
const neverAborted = new AbortController().signal;

/**
 * The program that runs an agent in a sandbox: the same as outside, where it sees its own folder, what it may import and a
 * socket to the kernel, and nothing else. Throws `failed_precondition` where this machine has no sandbox.
 */
export function createSandboxProgram(options: SandboxProgramOptions) {
  const { sandbox, maxHeapBytes, limits } = options;
  return async (entry: string): Promise<Program> => {
    const file = fileURLToPath(entry.replace(/\?.*$/, ''));
    const outside = isPython(entry) ? await pythonUnderUsr(options.python(entry)) : options.node(entry);
    const start = await sandbox.prepare({
      command: [isPython(entry) ? outside.command : 'node', ...outside.arguments],
      environment: isPython(entry) ? { PYTHONPATH: options.pythonPath ?? '' } : {},
      mounts: [...mountsOf(options, isPython(entry)), agentMount(file, options.home)],
      folder: isAgentFile(file) ? dirname(file) : '/home/agent',
      channels,
      limits: {
        ...limits(),
        memoryBytes: maxHeapBytes() + programBytes,
        reservedBytes: isPython(entry) ? 0 : reservedByNodeBytes,
      },
    });
    return {
      ...outside,
      start: () => {
        const { child, stdin } = start(neverAborted);
        stdin.end();
        return child;
      },
    };
  };
}

/** The agent’s folder; of an agent that is a file among others, that file alone. */
function agentMount(file: string, home: string): SandboxMount {
  const path = isAgentFile(file) ? dirname(file) : file;
  if (!relative(path, home).startsWith('..')) {
    throw new AiosError(
      'failed_precondition',
      `${basename(file)} lies in a folder that holds the home of AIOS, which an agent in a sandbox may not see. Put it into a folder of its own.`,
    );
  }
  return { source: path, target: path };
}

/** The code that every agent can import, each package at the path that it has outside. */
function mountsOf({ offeredImports, pythonPath }: SandboxProgramOptions, forPython: boolean): SandboxMount[] {
  if (forPython) return pythonPath === undefined ? [] : [{ source: pythonPath, target: pythonPath }];
  const files = [
    hostMain,
    fileURLToPath(import.meta.resolve('@aios/protocol')),
    ...Object.values(offeredImports).map((url) => fileURLToPath(url)),
  ];
  const folders = new Set([
    ...files.map(packageOf),
    dirname(packageOf(fileURLToPath(import.meta.resolve('zod')))),
  ]);
  const outer = [...folders].filter(
    (folder) => ![...folders].some((other) => folder.startsWith(`${other}/`)),
  );
  return outer.map((path) => ({ source: path, target: path }));
}

function packageOf(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

async function pythonUnderUsr(program: Promise<Program>): Promise<Program> {
  const found = await program;
  if (found.command.startsWith('/usr/')) return found;
  throw new AiosError(
    'failed_precondition',
    `The Python ${found.command} lies outside of /usr, so a sandbox does not see it. Name another one with AIOS_PYTHON, such as /usr/bin/python3.`,
    { disposition: 'operator' },
  );
}
