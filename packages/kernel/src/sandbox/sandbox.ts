import { text } from 'node:stream/consumers';
import type { Logger } from '../telemetry/index.ts';
import { Descriptors, inheritedDescriptors } from './descriptors.ts';
import { Identities } from './identity.ts';
import { narrowed, separation } from './launch.ts';
import { layout } from './layout.ts';
import { findPrograms, noSandbox, programFolders, type SandboxPrograms } from './programs.ts';
import { SandboxProcess } from './sandbox-process.ts';
import type { SandboxSpec } from './sandbox-spec.ts';
import { isArchitecture, seccompFilter } from './seccomp/filter.ts';

export interface Sandbox {
  /** Throws `failed_precondition` that says what this machine lacks. */
  check(): Promise<void>;
  /** Starts a program in a sandbox of its own. Throws like `check`; never runs it without one. */
  start(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxProcess>;
}

export interface SandboxOptions {
  readonly logger: Pick<Logger, 'debug'>;
  /** Where bubblewrap and what else it takes are looked for. */
  readonly folders?: readonly string[];
}

interface Machine {
  readonly programs: SandboxPrograms;
  readonly filter: Buffer;
  readonly inherited: readonly number[];
}

const trialLimits = {
  memoryBytes: 64_000_000,
  processes: 16,
  diskBytes: 1_000_000,
  files: 100,
  wallMs: 10_000,
};

/** Makes sandboxes. What the machine can do is tried when the first is asked for, and again until it can. */
export function createSandbox({ logger, folders = programFolders }: SandboxOptions): Sandbox {
  const identities = new Identities();
  let known: Promise<Machine> | undefined;

  const machine = (): Promise<Machine> => {
    known ??= examine().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };

  async function examine(): Promise<Machine> {
    if (process.platform !== 'linux' || !isArchitecture(process.arch)) {
      throw noSandbox(`it needs Linux on x86_64 or aarch64, and this is ${process.platform} ${process.arch}`);
    }
    const found: Machine = {
      programs: await findPrograms(folders),
      filter: seccompFilter(process.arch),
      inherited: await inheritedDescriptors(),
    };
    const trial = await begin(found, { command: ['true'], limits: trialLimits }, neverAborted);
    const [said, { exitCode }] = await Promise.all([text(trial.stderr), trial.ended, drained(trial)]);
    if (exitCode !== 0)
      throw noSandbox(`bubblewrap cannot make one here (${said.trim() || `exit code ${exitCode}`})`);
    logger.debug({ inherited: found.inherited.length }, 'this machine has a sandbox');
    return found;
  }

  async function begin(
    { programs, filter, inherited }: Machine,
    { command, environment = {}, files = [], mounts = [], limits }: SandboxSpec,
    signal: AbortSignal,
  ): Promise<SandboxProcess> {
    const descriptors = new Descriptors();
    const identity = identities.take();
    const outer = [
      ...separation(identity, environment),
      ...(await layout({ identity, limits, files, mounts }, descriptors)),
      ...['--seccomp', String(descriptors.add(filter))],
    ];
    const inner = narrowed(programs, identity, limits, command);
    const list = descriptors.add(Buffer.from(outer.map((argument) => `${argument}\0`).join('')));
    return new SandboxProcess({
      bwrap: programs.bwrap,
      arguments: ['--args', String(list), '--', ...inner],
      descriptors,
      inherited,
      limits,
      signal,
    });
  }

  return {
    check: async () => {
      await machine();
    },
    start: async (spec, signal) => await begin(await machine(), spec, signal),
  };
}

const neverAborted = new AbortController().signal;

async function drained({ stdin, stdout, results }: SandboxProcess): Promise<void> {
  stdin.end();
  stdout.resume();
  results.resume();
}
