import { vi } from 'vitest';
import { runCommandLine } from '../command-line.ts';
import type { Outcome } from './run-aios.ts';

/** Runs a command line in this process and catches what it writes. */
export async function runCommand(...args: string[]): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    }),
  );
  try {
    return { code: await runCommandLine(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
