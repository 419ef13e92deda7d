import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineParameters, type EngineReport, startEngineProcess } from '@aios/testing/inference-engine';
import { openClients } from './client-driver.ts';
import type { Driver } from './driver.ts';
import { type KernelSettings, openKernel } from './kernel-driver.ts';
import { type Arrival, type Program, type ProgramRecord, unixNow } from './program.ts';

/** `direct` and `engine` have no kernel; the others are policies of one. */
export type Variant = 'direct' | 'engine' | 'fifo' | 'round_robin' | 'fair';

/** What came of a run; times are Unix milliseconds of the machine. */
export interface Run {
  readonly variant: Variant;
  readonly timeScale: number;
  readonly startedAt: number;
  readonly records: readonly ProgramRecord[];
  readonly report: EngineReport;
  /** Part of one core that this process used: the kernel, or the clients. */
  readonly cpuShare: number;
  /** Milliseconds by which turns of this process’s event loop were late. */
  readonly loopP99Ms: number;
}

/** Lets programs come, and resolves when all have ended. */
export type Play = (run: (program: Program) => Promise<void>) => Promise<void>;

/** Programs come at their times, whatever becomes of those before. */
export function playArrivals(arrivals: readonly Arrival[], timeScale: number): Play {
  return async (run) => {
    const startedAt = performance.now();
    const running: Promise<void>[] = [];
    for (const { at, program } of arrivals) {
      const wait = startedAt + at / timeScale - performance.now();
      if (wait >= 1) await sleep(wait);
      running.push(run(program));
    }
    await Promise.all(running);
  };
}

/** So many programs come at once, and the next when the last of them has ended. */
export function playWaves(programs: readonly Program[], size: number): Play {
  return async (run) => {
    for (let start = 0; start < programs.length; start += size) {
      await Promise.all(programs.slice(start, start + size).map(run));
    }
  };
}

/** Runs programs against an engine of their own. Throws where the kernel has no such policy. */
export async function runVariant(
  variant: Variant,
  engine: EngineParameters,
  play: Play,
  kernel: KernelSettings = {},
): Promise<Run> {
  const { timeScale } = engine;
  await using server = await startEngineProcess({ ...engine, refusesWhenBusy: variant === 'direct' });
  await using driver = await openDriver(variant, server.origin, engine, kernel);
  const records: ProgramRecord[] = [];
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const cpuBefore = process.cpuUsage();
  const startedAt = unixNow();
  await play(async (program) => {
    const arrivedAt = unixNow();
    const calls = await driver.run(program);
    records.push({ program, arrivedAt, endedAt: unixNow(), calls });
  });
  const elapsedMs = unixNow() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  loop.disable();
  const report = await server.report();
  const cpuShare = (user + system) / 1000 / elapsedMs;
  return { variant, timeScale, startedAt, records, report, cpuShare, loopP99Ms: loop.percentile(99) / 1e6 };
}

async function openDriver(
  variant: Variant,
  origin: string,
  engine: EngineParameters,
  kernel: KernelSettings,
): Promise<Driver> {
  const { model, timeScale, maxSequences } = engine;
  if (variant === 'direct' || variant === 'engine') return openClients({ origin, model, timeScale });
  // A little more than the engine has places, so that none is empty while an answer travels (llm-d: 133 for 128).
  const concurrency = maxSequences + Math.floor(maxSequences / 16);
  return await openKernel({ origin, model, concurrency, policy: variant, timeScale, ...kernel });
}
