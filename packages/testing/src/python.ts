import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The Python of this machine that agents can run with: AIOS_PYTHON, else a usual name; undefined where there is none. */
export async function findPython(): Promise<string | undefined> {
  const candidates = [process.env.AIOS_PYTHON, 'python3.11', 'python3'].filter((name) => name !== undefined);
  for (const candidate of candidates) {
    if (await isNewEnough(candidate)) return candidate;
  }
  return undefined;
}

async function isNewEnough(python: string): Promise<boolean> {
  const question = 'import sys; sys.exit(sys.version_info < (3, 10))';
  return await promisify(execFile)(python, ['-c', question]).then(
    () => true,
    () => false,
  );
}
