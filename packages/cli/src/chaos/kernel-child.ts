import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '@aios/sdk';
import { z } from 'zod';

export interface KernelChildOptions {
  readonly home: string;
  /** URL of the bank that its tools reach. */
  readonly bank: string;
  /** Where it is to kill itself; see docs/durability.md. */
  readonly fault?: string;
  /** PostgreSQL; SQLite when absent. */
  readonly databaseUrl?: string | undefined;
}

/** A kernel in a process of its own. */
export interface KernelChild extends AsyncDisposable {
  readonly client: Client;
  readonly pid: number;
  /** Milliseconds from its start until it served, all processes resumed. */
  readonly bootMs: number;
  /** Resolves when it is gone, with the signal that ended it. */
  readonly gone: Promise<NodeJS.Signals | null>;
  kill(): void;
}

const readyMessage = z.object({ url: z.string() });
const main = fileURLToPath(new URL('./kernel-main.ts', import.meta.url));

/** Starts a kernel; nothing where it was gone before anybody could connect to it, as when it kills itself at once. */
export async function startKernelChild(options: KernelChildOptions): Promise<KernelChild | undefined> {
  const { home, bank, fault, databaseUrl } = options;
  const { PATH, TZ, LANG } = process.env;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main], {
    env: {
      PATH,
      TZ,
      LANG,
      HOME: home,
      AIOS_HOME: home,
      AIOS_CHAOS_BANK: bank,
      ...(fault !== undefined && { AIOS_FAULT: fault }),
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const gone = once(child, 'exit').then(() => child.signalCode);
  const first = await Promise.race([once(child, 'message'), gone.then(() => undefined)]);
  const bootMs = performance.now() - startedAt;
  if (first === undefined) return wasKilled(child, printed);
  try {
    const client = await connect({ url: readyMessage.parse(first[0]).url, home });
    return {
      client,
      pid: child.pid ?? 0,
      bootMs,
      gone,
      kill: () => child.kill('SIGKILL'),
      async [Symbol.asyncDispose]() {
        await client[Symbol.asyncDispose]();
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
        await gone;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    if ((await gone) === 'SIGKILL' && fault !== undefined) return undefined;
    throw error;
  }
}

function wasKilled(child: ChildProcess, printed: string): undefined {
  if (child.signalCode === 'SIGKILL') return undefined;
  throw new Error(`The kernel ended with code ${child.exitCode}:\n${printed}`);
}
