import { AiosError } from '@aios/protocol';
import type { EngineParameters } from '@aios/testing/inference-engine';
import type { Bench } from './bench.ts';
import type { KernelSettings } from './kernel-driver.ts';
import { type Play, type Run, runVariant, type Variant } from './run-variant.ts';

/** Milliseconds of the machine; what is later than that was kept from running by something else. */
const latestP99Ms = 20;
const attempts = 2;

/**
 * Runs a variant, again where the machine did not keep the engine’s time or the kernel’s. Undefined where the kernel has no such
 * policy.
 */
export async function runKept(
  bench: Bench,
  name: string,
  variant: Variant,
  engine: EngineParameters,
  play: Play,
  kernel: KernelSettings = {},
): Promise<Run | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const run = await runVariant(variant, engine, play, kernel).catch((error: unknown) => {
      if (!AiosError.isInstance(error) || error.code !== 'failed_precondition') throw error;
      bench.progress(`${name}: this kernel has no such policy (${error.message})`);
      return undefined;
    });
    if (run === undefined) return undefined;
    const { lateP99Ms } = run.report.fidelity;
    const kept = lateP99Ms <= latestP99Ms && run.loopP99Ms <= latestP99Ms;
    const lateness = `engine ${lateP99Ms.toFixed(1)} ms late, event loop ${run.loopP99Ms.toFixed(1)} ms (p99)`;
    const wallS = ((Math.max(...run.records.map(({ endedAt }) => endedAt)) - run.startedAt) / 1000).toFixed(
      1,
    );
    bench.progress(`${name}: ${wallS} s, ${lateness}, ${Math.round(run.cpuShare * 100)} % of a core`);
    if (kept) return run;
    if (attempt === attempts) {
      bench.lagged += 1;
      return run;
    }
    bench.progress(`${name}: the machine could not keep up; once more`);
  }
}
