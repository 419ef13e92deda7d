import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Client, connect } from '@aios/sdk';
import { z } from 'zod';

const main = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'aios.mjs');
const readyMessage = z.object({ url: z.string() });

export interface StartOptions {
  readonly home: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Operating system user to run as. */
  readonly uid?: number;
  /** What a command reads from standard input; nothing when absent. */
  readonly input?: string;
}

/** How a command of the `aios` program ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the tests’ programs see of the environment: no keys of providers, nothing of the machine’s own installation. */
export function cleanEnvironment(
  home: string,
  extra: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const { PATH, TZ, LANG } = process.env;
  return { PATH, TZ, LANG, HOME: home, AIOS_HOME: home, OLLAMA_HOST: 'http://127.0.0.1:9', ...extra };
}

/** Runs the `aios` command to its end. */
export async function aios(
  args: readonly string[],
  { home, env, uid, input = '' }: StartOptions,
): Promise<CommandResult> {
  const child = spawn(process.execPath, [main, ...args], {
    env: cleanEnvironment(home, env),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, stdout, stderr };
}

/** A kernel in an operating system process of its own. */
export interface KernelProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly url: string;
  /** The operator’s client. */
  readonly client: Client;
  /** What it wrote to standard error so far: its log. */
  printed(): string;
  /** Resolves when the process is gone. */
  readonly crashed: Promise<unknown>;
  /** SIGKILL; resolves when the process is gone. */
  crash(): Promise<void>;
}

function spawnKernel({ home, args = [], env, uid }: StartOptions): ChildProcess {
  return spawn(process.execPath, [main, 'up', '--port', '0', ...args], {
    env: cleanEnvironment(home, env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
}

/** Starts `aios up`, which crashes by itself, and resolves with the signal that ended it. */
export async function untilCrash(options: StartOptions): Promise<NodeJS.Signals | null> {
  const child = spawnKernel(options);
  child.stderr?.resume();
  await once(child, 'exit');
  return child.signalCode;
}

/** Starts `aios up` and waits until it serves. Rejects with what it printed when it does not come up. */
export async function startKernel(options: StartOptions): Promise<KernelProcess> {
  const { home } = options;
  const child = spawnKernel(options);
  const exited = once(child, 'exit');
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  const first = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (first === undefined) throw new Error(`aios up ended with code ${child.exitCode}:\n${printed}`);
  const { url } = readyMessage.parse(first[0]);
  const client = await connect({ url, home });
  return {
    child,
    url,
    client,
    printed: () => printed,
    crashed: exited,
    async crash() {
      child.kill('SIGKILL');
      await exited;
      await client[Symbol.asyncDispose]();
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await exited;
    },
  };
}
