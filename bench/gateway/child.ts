import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';

/** A process of the benchmark, held on one core where the machine has taskset and two of them. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  /** CPU time so far, in milliseconds. */
  cpuMs(): number;
  /** Resident memory, in megabytes. */
  residentMb(): number;
}

const canPin =
  process.platform === 'linux' &&
  cpus().length > 1 &&
  statSync('/usr/bin/taskset', { throwIfNoEntry: false }) !== undefined;

/** Clock ticks of /proc to a second: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

export function startChild(
  core: 0 | 1,
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; ipc: boolean; log?: (text: string) => void },
): Child {
  const [file, ...all] = canPin ? ['taskset', '-c', String(core), command, ...args] : [command, ...args];
  const child = spawn(file ?? command, all, {
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
    ...(options.env && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => options.log?.(text));
  }
  const read = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
  return {
    process: child,
    cpuMs: () => {
      const fields = read('stat')
        .replace(/^.*\) /s, '')
        .split(' ');
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
    },
    residentMb: () => Number(/VmRSS:\s+(\d+)/.exec(read('status'))?.[1] ?? Number.NaN) / 1024,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The first message of a child that talks. */
export async function firstUrl(child: Child): Promise<string> {
  const ended = once(child.process, 'exit').then(([code]) => {
    throw new Error(`A process of the benchmark ended with ${code} before it was ready.`);
  });
  const [message] = await Promise.race([once(child.process, 'message'), ended]);
  return (message as { url: string }).url;
}
