import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kernelNodeOptions } from '@aios/cli/kernel-node-options';
import { type Benchmark, type BenchmarkOptions, type Figures, percentile } from '../benchmark.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'aios.mjs');

interface Boot {
  /** From the start of the process to the message that it serves. */
  readonly readyMs: number;
  /** From the start of the process to the first answer over HTTP. */
  readonly answeredMs: number;
  readonly residentMegabytes: number;
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}

/** Starts `aios up` as a user would, asks it for its readiness and status, and stops it. */
async function bootOnce(home: string): Promise<Boot> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...kernelNodeOptions, main, 'up', '--port', '0', '--home', home], {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  try {
    const [message] = await Promise.race([once(child, 'message'), exited.then(() => [undefined])]);
    if (message === undefined || child.pid === undefined) throw new Error('aios up did not start.');
    const readyMs = performance.now() - startedAt;
    const response = await fetch(`${message.url}/readyz`);
    if (!response.ok) throw new Error(`/readyz answered ${response.status}.`);
    const answeredMs = performance.now() - startedAt;
    return { readyMs, answeredMs, residentMegabytes: await residentMegabytes(child.pid) };
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

/** Warm boots on the embedded default: the home exists and holds an installation. */
async function run({ quick, progress }: BenchmarkOptions): Promise<Figures> {
  const home = await mkdtemp(join(tmpdir(), 'aios-boot-'));
  try {
    await writeFile(
      join(home, 'config.yaml'),
      'llms:\n  models:\n    - { name: offline, backend: offline }\n',
    );
    const first = await bootOnce(home);
    const boots: Boot[] = [];
    for (let number = 1; number <= (quick ? 5 : 20); number += 1) {
      const boot = await bootOnce(home);
      boots.push(boot);
      progress(
        `boot ${number}: ready after ${Math.round(boot.readyMs)} ms, ${Math.round(boot.residentMegabytes)} MB`,
      );
    }
    const of = (key: keyof Boot, share: number) =>
      Math.round(
        percentile(
          boots.map((boot) => boot[key]),
          share,
        ),
      );
    return {
      firstBootReadyMs: Math.round(first.readyMs),
      bootReadyP50Ms: of('readyMs', 0.5),
      bootReadyMaxMs: of('readyMs', 1),
      bootAnsweredP50Ms: of('answeredMs', 0.5),
      residentP50Megabytes: of('residentMegabytes', 0.5),
      residentMaxMegabytes: of('residentMegabytes', 1),
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const benchmark: Benchmark = {
  goals: [
    { figure: 'bootAnsweredP50Ms', atMost: 1000 },
    { figure: 'residentMaxMegabytes', atMost: 150 },
  ],
  run,
};
export default benchmark;
