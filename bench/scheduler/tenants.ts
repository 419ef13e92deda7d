import { type Claim, Scheduler } from '@aios/kernel/scheduler';
import type { Figures } from '../benchmark.ts';
import { seeded } from './random.ts';
import { settings } from './replay.ts';
import { VirtualTime } from './virtual-time.ts';
import { type Call, msPerToken, prefillMs, serviceMs, slots } from './workload.ts';

/** The largest call: what the bound of VTC is made of. */
const maxInputTokens = 2000;
const maxOutputTokens = 400;

/** What each tenant got until then: its input tokens from the start of a call, its output tokens as they are written. */
interface Sample {
  readonly at: number;
  readonly units: ReadonlyMap<string, number>;
}

interface Running {
  readonly tenant: string;
  readonly call: Call;
  readonly startedAt: number;
}

/** Two tenants with more to do than there are slots: who gets how much, in tokens. */
export async function shareAmongTenants(): Promise<Figures> {
  const uneven = await contend({ many: { from: 0, calls: 64 }, large: { from: 0, calls: 32 } }, 600_000);
  const returning = await contend(
    { steady: { from: 0, calls: 64 }, late: { from: 300_000, calls: 64, once: true } },
    600_000,
  );
  const [from, to] = [300_000, 420_000].map((at) => returning.findLast((sample) => sample.at <= at));
  const got = (tenant: string) => (to?.units.get(tenant) ?? 0) - (from?.units.get(tenant) ?? 0);
  return {
    tenantGapOfBound: Math.round((widestGap(uneven, 'many', 'large') / bound) * 100) / 100,
    returningTenantPercent: Math.round((100 * got('late')) / (got('late') + got('steady'))),
  };
}

/** 2 max(w_p L_in, w_q M): M is what all slots together may write (VTC, OSDI 2024, theorem 4.4). */
const bound = 2 * Math.max(maxInputTokens, 2 * slots * maxOutputTokens);

interface Contender {
  /** When its first calls come. */
  readonly from: number;
  /** Calls that it always has waiting or running. */
  readonly calls: number;
  /** It made one call at the beginning. */
  readonly once?: boolean;
}

async function contend(contenders: Record<string, Contender>, untilMs: number): Promise<Sample[]> {
  const time = new VirtualTime();
  const scheduler = new Scheduler({ settings: () => settings, clock: time });
  scheduler.configure([{ queue: 'core', resource: 'core', slots, policy: 'fair' }]);
  const random = seeded(7);
  const samples: Sample[] = [];
  const draw = (tenant: string): Call => {
    const part = tenant === 'large' ? 0.5 + random() / 2 : random() / 2;
    return [Math.ceil(maxInputTokens * part), Math.ceil(maxOutputTokens * part)];
  };
  const finished = new Map<string, number>();
  const running = new Set<Running>();
  const sample = () => {
    const units = new Map(finished);
    for (const { tenant, call, startedAt } of running) {
      const written = Math.min(call[1], Math.max(0, time.now() - startedAt - prefillMs(call)) / msPerToken);
      units.set(tenant, (units.get(tenant) ?? 0) + call[0] + 2 * written);
    }
    samples.push({ at: time.now(), units });
  };
  const ask = async (tenant: string, again = true) => {
    const call = draw(tenant);
    const [inputTokens, outputTokens] = call;
    const slot = await scheduler.acquire('core', claimOf(tenant, inputTokens));
    const entry = { tenant, call, startedAt: time.now() };
    running.add(entry);
    sample();
    time.after(serviceMs(call), () => {
      running.delete(entry);
      finished.set(tenant, (finished.get(tenant) ?? 0) + inputTokens + 2 * outputTokens);
      slot.release({ inputTokens, outputTokens });
      if (again) void ask(tenant);
    });
  };
  for (const [tenant, { from, calls, once }] of Object.entries(contenders)) {
    if (once) time.after(0, () => void ask(tenant, false));
    for (let call = 0; call < calls; call += 1) time.after(from, () => void ask(tenant));
  }
  await time.run(untilMs);
  return samples;
}

/** The most by which what two tenants got in an interval differs: the range of the difference over time. */
function widestGap(samples: readonly Sample[], one: string, other: string): number {
  const differences = samples.map(({ units }) => (units.get(one) ?? 0) - (units.get(other) ?? 0));
  return Math.max(...differences) - Math.min(...differences);
}

function claimOf(tenant: string, inputTokens: number): Claim {
  return {
    call: tenant,
    tenant,
    user: tenant,
    program: `user ${tenant}`,
    class: 'interactive',
    priority: 0,
    cost: { inputTokens, outputTokens: maxOutputTokens },
  };
}
