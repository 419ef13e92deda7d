import type { Pid } from '@aios/protocol';
import type { Clock } from '../clock/index.ts';
import { isFinal } from './lifecycle/index.ts';
import type { LiveProcesses } from './live-processes.ts';
import type { Process } from './process.ts';
import type { WaitSets } from './wait/index.ts';

export interface DrainOptions {
  readonly live: LiveProcesses;
  readonly waits: WaitSets;
  readonly clock: Clock;
}

/** How processes came to rest. */
export interface Drained {
  /** Durable processes that go on at the next boot; none of their calls is under way. */
  readonly atRest: Pid[];
  readonly ended: Pid[];
  /** Those that the time was too short for. */
  readonly busy: Pid[];
}

/**
 * Brings processes to rest: durable ones make no further call and their calls under way are answered, so that nothing is made
 * twice when they go on; the others get the time to end. What only waits is at rest.
 */
export async function drain(options: DrainOptions, deadlineMs: number): Promise<Drained> {
  const late = Promise.withResolvers<void>();
  const cancel = options.clock.after(deadlineMs, late.resolve);
  const processes = options.live.all();
  for (const process of processes) if (process.options.durable) stopAtNextCall(process);
  await Promise.race([Promise.all(processes.map((process) => rest(process, options))), late.promise]);
  cancel();
  const pids = (of: readonly Process[]) => of.map(({ pid }) => pid);
  const ended = processes.filter(({ state }) => isFinal(state));
  const alive = processes.filter(({ state }) => !isFinal(state));
  const { resting = [], busy = [] } = Object.groupBy(alive, (process) =>
    process.options.durable && isAtRest(process, options) ? 'resting' : 'busy',
  );
  return { atRest: pids(resting), ended: pids(ended), busy: pids(busy) };
}

function stopAtNextCall({ life, stopped }: Process): void {
  const isMoving = life.state === 'ready' || life.state === 'running' || life.state === 'waiting';
  if (stopped === undefined && isMoving) life.suspend('the kernel drains');
}

async function rest(process: Process, options: DrainOptions): Promise<void> {
  if (!process.options.durable) return await process.exited;
  while (!isFinal(process.state) && !isAtRest(process, options)) {
    await Promise.race([process.callEnded, process.life.gate.arrived, process.exited]);
  }
}

/** Calls that wait at the gate, or for something to come, are not under way. */
function isAtRest({ pid, openCalls, life }: Process, { waits }: DrainOptions): boolean {
  return openCalls - life.gate.waiting <= waits.openOf(pid).length;
}
