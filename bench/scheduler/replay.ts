import { type Claim, Scheduler, type SchedulingSettings, type Slot } from '@aios/kernel/scheduler';
import { VirtualTime } from './virtual-time.ts';
import { type Call, type Latencies, type Program, serviceMs, slots } from './workload.ts';

export const settings: SchedulingSettings = {
  maxQueued: 1_000_000,
  maxWaitMs: 1e9,
  classWeights: { interactive: 16, pipeline: 4, batch: 1 },
  tenantWeights: {},
  starvationFactor: 32,
  priorityAgeingMs: 10_000,
  sliceOutputTokens: undefined,
  sliceMs: undefined,
};

/** The most that a reply may be; what the scheduler is told, as it can’t know what will be written. */
const maxOutputTokens = 1024;

/** Runs programs on the real scheduler, in virtual time. */
export async function replay(programs: readonly Program[], policy: 'fair' | 'fifo'): Promise<Latencies> {
  const time = new VirtualTime();
  const scheduler = new Scheduler({ settings: () => settings, clock: time });
  scheduler.configure([{ queue: 'core', resource: 'core', slots, policy }]);
  const latencies = new Map<Program, number>();

  const startStage = (program: Program, stage: number) => {
    const calls = program.stages[stage];
    if (calls === undefined) {
      latencies.set(program, time.now() - program.arrivesAtMs);
      scheduler.endProgram(program.name);
      return;
    }
    let left = calls.length;
    for (const call of calls) {
      hold(scheduler.acquire('core', claimOf(program, call)), call, () => {
        left -= 1;
        if (left > 0) return;
        const isLast = stage + 1 === program.stages.length;
        time.after(isLast ? 0 : (program.toolMs[stage] ?? 0), () => startStage(program, stage + 1));
      });
    }
  };
  const hold = (granted: Slot | Promise<Slot>, call: Call, done: () => void) => {
    if (granted instanceof Promise) void granted.then((slot) => hold(slot, call, done));
    else {
      time.after(serviceMs(call), () => {
        granted.release({ inputTokens: call[0], outputTokens: call[1] });
        done();
      });
    }
  };

  for (const program of programs) time.after(program.arrivesAtMs, () => startStage(program, 0));
  await time.run();
  return latencies;
}

function claimOf({ name, agent }: Program, [inputTokens]: Call): Claim {
  return {
    call: name,
    tenant: 'local',
    user: 'owner',
    program: name,
    agent,
    class: 'pipeline',
    priority: 0,
    cost: { inputTokens, outputTokens: maxOutputTokens },
  };
}
