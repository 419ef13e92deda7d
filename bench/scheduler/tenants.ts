import { type Claim, Scheduler } from '@aios/kernel/scheduler';
import type { Figures } from '../benchmark.ts';
import { seeded } from './random.ts';
import { settings } from './replay.ts';
import { VirtualTime } from './virtual-time.ts';
import { type Call, serviceMs, slots } from './workload.ts';

/** The largest call: what the bound of VTC is made of. */
const maxInputTokens = 2000;
const maxOutputTokens = 400;

interface Sample {
  readonly at: number;
  readonly tenant: string;
  readonly units: number;
}

/** Two tenants with more to do than there are slots: who gets how much, by tokens at the end of calls. */
export async function shareAmongTenants(): Promise<Figures> {
  const uneven = await contend({ many: { from: 0, calls: 64 }, large: { from: 0, calls: 32 } }, 600_000);
  const returning = await contend(
    { steady: { from: 0, calls: 64 }, late: { from: 300_000, calls: 64 } },
    600_000,
  );
  const after = returning.filter(({ at }) => at > 300_000 && at < 420_000);
  const got = (tenant: string) =>
    after.filter((sample) => sample.tenant === tenant).reduce((sum, { units }) => sum + units, 0);
  return {
    tenantGapOfBound: Math.round((widestGap(uneven) / bound) * 100) / 100,
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
  const ask = async (tenant: string) => {
    const call = draw(tenant);
    const [inputTokens, outputTokens] = call;
    const slot = await scheduler.acquire('core', claimOf(tenant, inputTokens));
    time.after(serviceMs(call), () => {
      samples.push({ at: time.now(), tenant, units: inputTokens + 2 * outputTokens });
      slot.release({ inputTokens, outputTokens });
      void ask(tenant);
    });
  };
  for (const [tenant, { from, calls }] of Object.entries(contenders)) {
    for (let call = 0; call < calls; call += 1) time.after(from, () => void ask(tenant));
  }
  await time.run(untilMs);
  return samples;
}

/** The most by which what two tenants got in an interval differs: the range of the difference over time. */
function widestGap(samples: readonly Sample[]): number {
  let difference = 0;
  let [least, most] = [0, 0];
  const [first] = samples;
  for (const { tenant, units } of samples) {
    difference += tenant === first?.tenant ? units : -units;
    least = Math.min(least, difference);
    most = Math.max(most, difference);
  }
  return most - least;
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
