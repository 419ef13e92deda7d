import type { Session } from '@aios/kernel';
import { tenantId, userId } from '@aios/protocol';
import {
  a100,
  type EngineParameters,
  type LogEntry,
  startEngineProcess,
} from '@aios/testing/inference-engine';
import type { Figures } from '../../benchmark.ts';
import type { Bench } from '../bench.ts';
import { openKernel } from '../kernel-driver.ts';
import { unixNow } from '../program.ts';
import { seededRandom } from '../random.ts';
import { words } from '../replay.ts';

// Two tenants, each with a key of its own, who ask for more than the engine can do. What each got is read from the engine's log:
// its input tokens when a call began, its output tokens as they were written, which count double (VTC, OSDI 2024).
const slots = 16;
const engine: EngineParameters = { ...a100, maxSequences: slots, timeScale: 8 };
const maxInput = 600;
const maxOutput = 300;
/** 2 max(w_p L_in, w_q M), where M is what all slots together may write (theorem 4.4 of VTC). */
const bound = 2 * Math.max(maxInput, 2 * slots * maxOutput);

interface Contender {
  readonly name: string;
  /** Part of the largest call that its calls are at least. */
  readonly size: number;
  /** Calls that it always has waiting or running. */
  readonly calls: number;
  /** Seconds of the engine after which they come. */
  readonly from: number;
}

/** How evenly tenants are served, and what one gets that was idle. */
export async function runTenants(bench: Bench, quick: boolean): Promise<Figures> {
  const seconds = quick ? 30 : 80;
  const many: Contender = { name: 'many', size: 0, calls: 64, from: 0 };
  const uneven = await contend([many, { name: 'large', size: 0.5, calls: 32, from: 0 }], seconds);
  const late: Contender = { name: 'late', size: 0, calls: 64, from: seconds / 2 };
  const returning = await contend([{ ...many, name: 'steady' }, late], seconds);
  // The first seconds are those in which slots of the one become free for the other.
  const [from, to] = [seconds / 2 + 5, seconds];
  const got = (tenant: string) => returning.at(tenant, to) - returning.at(tenant, from);
  bench.progress(`tenants: bound ${bound} tokens`);
  return {
    tenantGapOfBound: widestGap(uneven, seconds) / bound,
    returningTenantPercent: (100 * got('late')) / (got('late') + got('steady')),
  };
}

/** What tenants had got by a second of the engine. */
interface Served {
  at(tenant: string, second: number): number;
}

async function contend(contenders: readonly Contender[], seconds: number): Promise<Served> {
  await using server = await startEngineProcess(engine);
  const { origin } = server;
  const { model, timeScale } = engine;
  await using kernel = await openKernel({ origin, model, concurrency: slots, policy: 'fair', timeScale });
  const { session, kernel: of } = kernel.installation;
  const startedAt = unixNow();
  const untilMs = startedAt + (seconds * 1000) / timeScale;
  await Promise.all(
    contenders.map(async (contender) => {
      const { name } = contender;
      const { token } = await session.call('key.create', {
        name,
        tenant: tenantId.parse(name),
        user: userId.parse(name),
      });
      // One that was there before and went idle.
      const own = of.open(token);
      if (contender.from > 0) await ask(own, contender, 0);
      await new Promise((resolve) => setTimeout(resolve, (contender.from * 1000) / timeScale));
      await Promise.all(
        Array.from({ length: contender.calls }, (_, line) => keepAsking(own, contender, line, untilMs)),
      );
    }),
  );
  const { log } = await server.report();
  return servedBy(log, startedAt, timeScale);
}

async function keepAsking(
  session: Session,
  contender: Contender,
  line: number,
  untilMs: number,
): Promise<void> {
  for (let call = 1; unixNow() < untilMs; call += 1) await ask(session, contender, line * 10_000 + call);
}

async function ask(session: Session, { name, size }: Contender, number: number): Promise<void> {
  const part = size + (1 - size) * (size === 0 ? 0.5 : 1) * seededRandom(number)();
  const label = `${name}.${number}`;
  const content = `${words(label, Math.ceil((maxInput - 20) * part))} ~${Math.ceil(maxOutput * part)}/${label}`;
  await session.call('llm.chat', { messages: [{ role: 'user', content }] });
}

function servedBy(log: readonly LogEntry[], startedAt: number, timeScale: number): Served {
  const second = (unixMs: number) => ((unixMs - startedAt) * timeScale) / 1000;
  const entries = log.map((entry) => ({
    tenant: entry.label.split('.')[0],
    from: second(entry.startedAt),
    to: second(entry.finishedAt),
    entry,
  }));
  return {
    at: (tenant, now) => {
      let units = 0;
      for (const { tenant: whose, from, to, entry } of entries) {
        if (whose !== tenant || from > now) continue;
        const written = entry.generatedTokens * Math.min(1, (now - from) / Math.max(to - from, 1e-6));
        units += entry.promptTokens + 2 * written;
      }
      return units;
    },
  };
}

/** The most by which what the two got in an interval differs: the range of the difference over time. */
function widestGap(served: Served, seconds: number): number {
  const differences: number[] = [];
  for (let now = 1; now <= seconds; now += 0.25)
    differences.push(served.at('many', now) - served.at('large', now));
  return Math.max(...differences) - Math.min(...differences);
}
