// Runs an attempt to escape inside a sandbox of a kernel that is root, and of one that is an ordinary user, and outside.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';
import {
  type ProgramResult,
  type ProgramSpec,
  reservedByNodeBytes,
  runProgram,
  type SandboxLimits,
} from '../index.ts';
import { sandboxOfMachine } from '../sandbox.fixture.ts';

export const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

export const limits: SandboxLimits = {
  memoryBytes: 200_000_000,
  processes: 40,
  diskBytes: 20_000_000,
  files: 2000,
  cpuMs: 10_000,
  wallMs: 15_000,
};

export type Attempt = Omit<ProgramSpec, 'limits' | 'outputBytes' | 'files'> & {
  readonly limits?: Partial<SandboxLimits>;
  readonly outputBytes?: number;
};

export interface TestedKernel {
  readonly user: string;
  run(attempt: Attempt): Promise<ProgramResult>;
}

const complete = (attempt: Attempt): ProgramSpec => ({
  outputBytes: 1_000_000,
  ...attempt,
  limits: { ...limits, ...attempt.limits },
});

const sandbox = await sandboxOfMachine();

/** Whether this machine lets them be tested; with AIOS_REAL=required it must. */
export const hasSandbox = sandbox !== undefined;

export const kernels: readonly TestedKernel[] = [
  {
    user: isRoot ? 'root' : 'an ordinary user',
    run: (attempt) => {
      if (sandbox === undefined) throw new Error('This machine has no sandbox.');
      return runProgram(sandbox, complete(attempt), AbortSignal.timeout(60_000));
    },
  },
  ...(isRoot ? [kernelOfNobody()] : []),
];

/** A kernel’s sandbox in a process of a user who may read nothing but a copy of it. */
function kernelOfNobody(): TestedKernel {
  let worker: { readonly child: ChildProcess; readonly answers: Interface } | undefined;
  const start = () => {
    const folder = mkdtempSync(join(tmpdir(), 'aios-sandbox-'));
    const node = copyTo(folder);
    const child = spawn(node, [join(folder, 'sandbox/escapes/worker.fixture.ts')], {
      uid: nobody,
      gid: nobody,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (child.stdout === null) throw new Error('no pipe');
    onCleanUp = () => {
      child.kill();
      rmSync(folder, { recursive: true });
    };
    return { child, answers: createInterface(child.stdout) };
  };
  let onCleanUp: (() => void) | undefined;
  afterAll(() => onCleanUp?.());
  return {
    user: 'an ordinary user',
    run: async (attempt) => {
      worker ??= start();
      const answer = Promise.withResolvers<string>();
      worker.answers.once('line', answer.resolve);
      const onExit = () => answer.reject(new Error('the process of the other user ended'));
      worker.child.once('exit', onExit);
      worker.child.stdin?.write(`${JSON.stringify(complete(attempt))}\n`);
      const line = await answer.promise.finally(() => worker?.child.off('exit', onExit));
      const result: { result: ProgramResult } | { error: string } = JSON.parse(line);
      if ('error' in result) throw new Error(result.error);
      return result.result;
    },
  };
}

/** What the module needs, where everybody can read it; gives the copy of Node.js. */
function copyTo(folder: string): string {
  const require = createRequire(import.meta.url);
  const modules = join(folder, 'node_modules');
  const packageOf = (name: string) => dirname(require.resolve(`${name}/package.json`));
  cpSync(packageOf('zod'), join(modules, 'zod'), { recursive: true });
  cpSync(join(import.meta.dirname, '../../../../protocol'), join(folder, 'protocol'), { recursive: true });
  cpSync(join(import.meta.dirname, '..'), join(folder, 'sandbox'), { recursive: true });
  mkdirSync(join(modules, '@aios'));
  symlinkSync('../../protocol', join(modules, '@aios/protocol'));
  cpSync(process.execPath, join(folder, 'node'));
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  return join(folder, 'node');
}

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const outcomes = new Map<string, Promise<Outcome>>();

/** The same without a sandbox, once in a test file. */
export function outside(attempt: Attempt): Promise<Outcome> {
  const key = JSON.stringify(attempt);
  const outcome = outcomes.get(key) ?? runOutside(attempt);
  outcomes.set(key, outcome);
  return outcome;
}

async function runOutside({ command, environment, stdin }: Attempt): Promise<Outcome> {
  const [program, ...given] = command;
  const child = spawn(program === 'node' ? process.execPath : program, given, {
    env: { ...process.env, ...environment },
  });
  child.stdin.end(stdin);
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  return { exitCode, stdout, stderr };
}

/** An attempt in a language that every machine of a developer has. */
export const shell = (script: string): Attempt => ({ command: ['sh', '-c', script] });
export const python = (script: string): Attempt => ({ command: ['python3', '-c', script] });
export const node = (script: string): Attempt => ({
  command: ['node', '-e', script],
  limits: { reservedBytes: reservedByNodeBytes },
});
