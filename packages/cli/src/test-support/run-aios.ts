import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../bin/aios.mjs', import.meta.url));

/** How a command line ended. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Outcome>;
  /** Resolves once standard output or error has shown this. */
  shown(pattern: RegExp): Promise<void>;
}

/** Starts `aios` as a process of its own that sees nothing of this machine’s keys, kernels and models. */
export function startAios(home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env.PATH,
      HOME: home,
      AIOS_HOME: home,
      OLLAMA_HOST: '127.0.0.1:1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const ended = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(
    ([code, stdout, stderr]) => ({
      code,
      stdout,
      stderr,
    }),
  );
  let seen = '';
  const shown = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = (chunk: Buffer | string) => {
        seen += chunk.toString();
        if (pattern.test(seen)) resolve();
      };
      look('');
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      closed.then(() => reject(new Error(`aios ended without showing ${pattern}: ${seen}`)), reject);
    });
  return { child, ended, shown };
}

export function runAios(home: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome> {
  return startAios(home, args, env).ended;
}
