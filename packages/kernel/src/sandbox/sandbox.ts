import { text } from 'node:stream/consumers';
import type { Logger } from '../telemetry/index.ts';
import { Descriptors, inheritedDescriptors } from './descriptors.ts';
import { Identities } from './identity.ts';
import { narrowed, separation } from './launch.ts';
import { layout } from './layout.ts';
import { findPrograms, noSandbox, programFolders, type SandboxPrograms } from './programs.ts';
import { SandboxProcess } from './sandbox-process.ts';
import { homeInside, type SandboxSpec } from './sandbox-spec.ts';
import { isArchitecture, seccompFilter } from './seccomp/filter.ts';

export interface Sandbox {
  /** Throws `failed_precondition` that says what this machine lacks. */
  check(): Promise<void>;
  /** Starts a program in a sandbox of its own. Throws like `check`; never runs it without one. */
  start(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxProcess>;
  /** The same in two steps, for those who must not wait when they start. */
  prepare(spec: SandboxSpec): Promise<StartSandbox>;
}

type StartSandbox = (signal: AbortSignal) => SandboxProcess;

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
    const begin = await prepare(found, { command: ['true'], limits: trialLimits });
    const trial = begin(neverAborted);
    trial.stdin.end();
    trial.stdout.resume();
    const [said, { exitCode }] = await Promise.all([text(trial.stderr), trial.ended]);
    if (exitCode !== 0)
      throw noSandbox(`bubblewrap cannot make one here (${said.trim() || `exit code ${exitCode}`})`);
    logger.debug({ inherited: found.inherited.length }, 'this machine has a sandbox');
    return found;
  }

  async function prepare({ programs, filter, inherited }: Machine, spec: SandboxSpec): Promise<StartSandbox> {
    const { command, environment = {}, files = [], mounts = [], limits, folder = homeInside } = spec;
    const descriptors = new Descriptors(spec.channels ?? 0);
    const identity = identities.take();
    const outer = [
      ...separation(identity, environment, descriptors.info),
      ...(await layout({ identity, limits, files, mounts, folder }, descriptors)),
      ...['--seccomp', String(descriptors.add(filter))],
    ];
    const inner = narrowed(programs, identity, limits, command);
    const list = descriptors.add(Buffer.from(outer.map((argument) => `${argument}\0`).join('')));
    const given = ['--args', String(list), '--', ...inner];
    const { bwrap } = programs;
    return (signal) =>
      new SandboxProcess({ bwrap, arguments: given, descriptors, inherited, limits, signal });
  }

  return {
    check: async () => {
      await machine();
    },
    prepare: async (spec) => await prepare(await machine(), spec),
    start: async (spec, signal) => (await prepare(await machine(), spec))(signal),
  };
}

const neverAborted = new AbortController().signal;
