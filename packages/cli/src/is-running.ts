import { readFile } from 'node:fs/promises';

/** Whether a process of the host’s operating system still runs. One that only waits to be reaped by its parent does not. */
export async function isRunning(osPid: number): Promise<boolean> {
  return exists(osPid) && !(await isZombie(osPid));
}

function exists(osPid: number): boolean {
  try {
    return process.kill(osPid, 0);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ESRCH') return false;
    // It belongs to another user.
    if (code === 'EPERM') return true;
    throw error;
  }
}

/** In a container whose first process reaps nobody, the ended ones stay for ever. Linux alone says so, in /proc. */
async function isZombie(osPid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${osPid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'Z';
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return false;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
