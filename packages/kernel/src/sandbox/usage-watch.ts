// What the processes of a sandbox use together. No limit of the machine bounds that without a delegated cgroup, so the
// kernel looks at it again and again.

import { readdir, readFile, statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { SandboxLimits } from './sandbox-spec.ts';

export interface Usage {
  readonly cpuMs: number;
  /** Private and shared memory of its processes, and its files. */
  readonly memoryBytes: number;
  readonly files: number;
}

export type Exceeded = 'memory' | 'cpu' | 'files';

const intervalMs = 100;
/** Linux shows times of processes in hundredths of a second on every architecture that Node.js runs on. */
const tickMs = 10;

/** Looks until the signal fires. Tells every measure, and the bound that one exceeds. */
export async function watchUsage(
  pid: number,
  limits: SandboxLimits,
  signal: AbortSignal,
  report: (usage: Usage, exceeded: Exceeded | undefined) => void,
): Promise<void> {
  while (!signal.aborted) {
    const usage = await measure(pid, limits.diskBytes);
    if (signal.aborted) return;
    if (usage !== undefined) report(usage, exceededBy(usage, limits));
    // The wait ends early by the signal, which the loop sees.
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

function exceededBy({ cpuMs, memoryBytes, files }: Usage, limits: SandboxLimits): Exceeded | undefined {
  if (memoryBytes > limits.memoryBytes + limits.diskBytes) return 'memory';
  if (limits.cpuMs !== undefined && cpuMs > limits.cpuMs) return 'cpu';
  return files > limits.files ? 'files' : undefined;
}

/** What the processes of a sandbox use, and its files; undefined while it is being made, and when it is gone. */
async function measure(first: number, diskBytes: number): Promise<Usage | undefined> {
  const files = await statfs(`/proc/${first}/root/home`).catch(() => undefined);
  // At first the root is still that of the machine, whose /home is another and larger.
  if (files === undefined || files.blocks * files.bsize > diskBytes + files.bsize) return undefined;
  let cpuMs = 0;
  let memoryBytes = (files.blocks - files.bfree) * files.bsize;
  const left = [first];
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    const [stat, status, children] = await Promise.all([
      read(`/proc/${pid}/stat`),
      read(`/proc/${pid}/status`),
      childrenOf(pid),
    ]);
    left.push(...children);
    cpuMs += cpuOf(stat);
    memoryBytes += memoryOf(status);
  }
  return { cpuMs, memoryBytes, files: files.files - files.ffree };
}

/** Orphans become children of the first process, so a walk from there misses nobody. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const texts = await Promise.all(threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`)));
  return texts.flatMap((text) => text.split(' ').filter(Boolean).map(Number));
}

/** utime, stime, cutime and cstime of proc(5), behind the name in parentheses, which may hold anything. */
function cpuOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + (Number(ticks) || 0) * tickMs, 0);
}

function memoryOf(status: string): number {
  return [...status.matchAll(/^Rss(?:Anon|Shmem):\s*(\d+) kB/gm)].reduce(
    (sum, [, kilobytes]) => sum + Number(kilobytes) * 1024,
    0,
  );
}

/** Empty for a process that has ended meanwhile. */
function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
