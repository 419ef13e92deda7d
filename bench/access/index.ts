import { fuzzTwoTenants } from '@aios/testing/two-tenants';
import type { Benchmark, BenchmarkOptions, Figures } from '../benchmark.ts';
import { measureAudit } from './audit.ts';

const seed = 20_261_125;

async function run(options: BenchmarkOptions): Promise<Figures> {
  const checks = await measureAudit(options);
  const calls = options.quick ? 10_000 : 100_000;
  options.progress(`${calls} random calls of two tenants`);
  const startedAt = performance.now();
  const report = await fuzzTwoTenants({ calls, seed });
  for (const line of [...report.leaks, ...report.failures]) options.progress(line);
  return {
    ...checks,
    randomCalls: report.calls,
    randomCallsSeconds: Math.round((performance.now() - startedAt) / 1000),
    answeredWell: report.byCode.ok ?? 0,
    leaks: report.leaks.length,
    internalErrors: report.failures.length,
  };
}

const benchmark: Benchmark = {
  goals: [
    { figure: 'allowedAuditOffP50Micros', atMost: 10 },
    { figure: 'deniedAuditOffP50Micros', atMost: 10 },
    { figure: 'allowedAuditOnP50Micros', atMost: 50 },
    { figure: 'deniedAuditOnP50Micros', atMost: 50 },
    { figure: 'leaks', atMost: 0 },
    { figure: 'internalErrors', atMost: 0 },
  ],
  run,
};
export default benchmark;
