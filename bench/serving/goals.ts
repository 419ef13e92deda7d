import type { Goal } from '../benchmark.ts';

/** What the scheduler is to reach: issue 5, "Proof". Ratios are baseline over kernel, or what the name says. */
export const goals: readonly Goal[] = [
  { figure: 'laggedRuns', atMost: 0 },
  // The table of the AIOS paper: 250 agents, one slot.
  { figure: 'aiosTotalGain', atLeast: 2.1 },
  { figure: 'aiosWaitMeanShare', atMost: 0.31 },
  { figure: 'aiosWaitP90Share', atMost: 0.38 },
  // fair against fifo, heavy-tailed mix.
  { figure: 'heavy95MeanGain', atLeast: 1.3 },
  { figure: 'heavy95ShortHalfGain', atLeast: 2.4 },
  { figure: 'heavy95P99Share', atMost: 1.5 },
  { figure: 'heavy110MeanGain', atLeast: 1.4 },
  { figure: 'heavy110P99Share', atMost: 1.9 },
  // Programs of similar size, and loads at which no order matters.
  { figure: 'similar95MeanGain', atLeast: 0.98 },
  { figure: 'similar110MeanGain', atLeast: 0.98 },
  { figure: 'heavy70MeanChangePercent', atMost: 2 },
  { figure: 'similar70MeanChangePercent', atMost: 2 },
  // More programs than fit into the engine’s memory: with the window on programs against without.
  { figure: 'memoryWindowTotalGain', atLeast: 1.3 },
  { figure: 'memoryWindowMeanGain', atLeast: 1.3 },
  // Tenants.
  { figure: 'tenantGapOfBound', atMost: 1 },
  { figure: 'returningTenantPercent', atLeast: 45, atMost: 55 },
  // Scale.
  { figure: 'linearityDeviationPercent', atMost: 5 },
  { figure: 'kernelAddedP50Ms', atMost: 1 },
  { figure: 'kernelAddedP99Ms', atMost: 5 },
];
