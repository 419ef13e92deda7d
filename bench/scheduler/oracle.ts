import { VirtualTime } from './virtual-time.ts';
import { type Latencies, type Program, serviceMs, slots } from './workload.ts';

interface Waiting {
  readonly program: Program;
  readonly runMs: number;
  readonly done: () => void;
}

/** What no scheduler can know: always the program that has the least work left (SRPT), on the same slots. */
export async function replayWithOracle(programs: readonly Program[]): Promise<Latencies> {
  const time = new VirtualTime();
  const leftMs = new Map(programs.map((program) => [program, program.workMs]));
  const latencies = new Map<Program, number>();
  const waiting: Waiting[] = [];
  let free = slots;

  const takeNext = (): Waiting | undefined => {
    let best = 0;
    for (const [index, { program }] of waiting.entries()) {
      const other = waiting[best]?.program;
      if (other !== undefined && (leftMs.get(program) ?? 0) < (leftMs.get(other) ?? 0)) best = index;
    }
    return waiting.splice(best, 1)[0];
  };
  const dispatch = () => {
    while (free > 0 && waiting.length > 0) {
      const next = takeNext();
      if (next === undefined) return;
      free -= 1;
      time.after(next.runMs, () => {
        free += 1;
        leftMs.set(next.program, (leftMs.get(next.program) ?? 0) - next.runMs);
        next.done();
        dispatch();
      });
    }
  };
  const startStage = (program: Program, stage: number) => {
    const calls = program.stages[stage];
    if (calls === undefined) {
      latencies.set(program, time.now() - program.arrivesAtMs);
      return;
    }
    let left = calls.length;
    const done = () => {
      left -= 1;
      if (left > 0) return;
      const isLast = stage + 1 === program.stages.length;
      time.after(isLast ? 0 : (program.toolMs[stage] ?? 0), () => startStage(program, stage + 1));
    };
    for (const call of calls) waiting.push({ program, runMs: serviceMs(call), done });
    dispatch();
  };
  for (const program of programs) time.after(program.arrivesAtMs, () => startStage(program, 0));
  await time.run();
  return latencies;
}
