import { type Claim, type Clock, Scheduler, type Slot } from '@aios/kernel/scheduler';
import type { Figures } from '../benchmark.ts';
import { settings } from './replay.ts';

const policies = ['fair', 'fifo', 'round_robin', 'priority', 'deadline'] as const;
type Policy = (typeof policies)[number];

/** The host’s time; nothing that is measured waits long enough for a timer. */
const clock: Clock = { now: () => performance.now(), after: () => () => undefined };

const few = 250;
const many = 10_000;
const pairsInTurn = 100;

/** Pairs of a call that comes to wait and one that gets its slot, with so many waiting, in processor time. */
export async function measureThroughput(rounds: number): Promise<Figures> {
  const rates = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const policy of policies) {
      for (const queued of [few, many]) {
        const rate = await measure(policy, queued);
        // The first round warms up.
        if (round > 0) rates.set(`${policy} ${queued}`, [...(rates.get(`${policy} ${queued}`) ?? []), rate]);
      }
    }
  }
  const figures: Record<string, number> = {};
  for (const policy of policies) {
    const [withFew, withMany] = [few, many].map((queued) =>
      Math.max(...(rates.get(`${policy} ${queued}`) ?? [])),
    );
    if (withFew === undefined || withMany === undefined) continue;
    figures[`${policy}PairsPerSecond`] = Math.round(withMany);
    figures[`${policy}CostRatio`] = Math.round((withFew / withMany) * 100) / 100;
  }
  figures.uncontendedPerSecond = Math.round(measureUncontended('fair'));
  return figures;
}

async function measure(policy: Policy, queued: number): Promise<number> {
  const scheduler = createScheduler(policy);
  const claims = Array.from({ length: queued }, (_, index) => claimOf(index));
  const held: Slot[] = [];
  const ask = (claim: Claim) => {
    const granted = scheduler.acquire('core', claim);
    if (granted instanceof Promise) void granted.then((slot) => held.push(slot));
    else held.push(granted);
  };
  for (let slot = 0; slot < pairsInTurn; slot += 1) ask(claimOf(slot));
  for (const claim of claims) ask(claim);
  const pairs = 100_000;
  const startedMs = cpuMs();
  for (let pair = 0; pair < pairs; pair += 1) {
    const claim = claims[pair % queued];
    if (claim !== undefined) ask(claim);
    held.pop()?.release({ inputTokens: 100, outputTokens: 20 });
    if (held.length === 0) await undefined;
  }
  return (pairs * 1000) / (cpuMs() - startedMs);
}

/** Calls a second that find a free slot. */
function measureUncontended(policy: Policy): number {
  const scheduler = createScheduler(policy);
  const claim = claimOf(0);
  const calls = 300_000;
  let startedMs = cpuMs();
  for (let call = -calls; call < calls; call += 1) {
    if (call === 0) startedMs = cpuMs();
    const slot = scheduler.acquire('core', claim);
    if (!(slot instanceof Promise)) slot.release(claim.cost);
  }
  return (calls * 1000) / (cpuMs() - startedMs);
}

/** Processor time of this thread: on a shared machine, that of the clock tells more of the others. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function createScheduler(policy: Policy): Scheduler {
  const scheduler = new Scheduler({ settings: () => settings, clock });
  scheduler.configure([{ queue: 'core', resource: 'core', slots: pairsInTurn, policy }]);
  return scheduler;
}

function claimOf(index: number): Claim {
  return {
    call: `${index}`,
    tenant: `tenant ${index % 50}`,
    user: 'owner',
    program: `program ${index}`,
    agent: `agent ${index % 20}`,
    class: index % 3 === 0 ? 'interactive' : 'pipeline',
    priority: index % 5,
    cost: { inputTokens: 100 + (index % 900), outputTokens: 200 },
  };
}
