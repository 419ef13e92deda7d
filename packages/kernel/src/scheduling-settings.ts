import type { Config } from './config/index.ts';
import type { SchedulingSettings } from './scheduler/index.ts';

/** What the scheduler takes from the configuration, as it is now; made anew only when that has changed. */
export function followSchedulingSettings(current: () => Config): () => SchedulingSettings {
  let config = current();
  let settings = settingsOf(config);
  return () => {
    const now = current();
    if (now !== config) {
      config = now;
      settings = settingsOf(config);
    }
    return settings;
  };
}

function settingsOf({ scheduler }: Config): SchedulingSettings {
  return {
    maxQueued: scheduler.max_queued,
    maxWaitMs: scheduler.max_wait_ms,
    classWeights: scheduler.class_weights,
    tenantWeights: scheduler.tenant_weights,
    starvationFactor: scheduler.starvation_factor,
    priorityAgeingMs: scheduler.priority_ageing_ms,
    sliceOutputTokens: scheduler.slice_output_tokens,
    sliceMs: scheduler.slice_ms,
  };
}
