import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, EventBus } from '@aios/kernel';
import { permission, pid, tenantId, userId } from '@aios/protocol';
import { createPolicy, createQuotaRules, openBudgetLedger } from '../../packages/kernel/src/access/index.ts';
import { configSchema } from '../../packages/kernel/src/config/index.ts';
import { openDatabase } from '../../packages/kernel/src/database/index.ts';
import { type Benchmark, type BenchmarkOptions, type Figures, percentile } from '../benchmark.ts';

const pairsPerSample = 200;
const plenty = 1e12;

const tenant = tenantId.parse('default');
const user = userId.parse('operator');
const policy = createPolicy([[permission.parse('*')]]);
const person = { tenant, user, policy };
const callerOf = (number: number) => ({
  ...person,
  process: { pid: pid.parse(number), agent: 'researcher', durable: true, fence: 1 },
});

/** Every account bounds tokens, money and calls in total and per day: twelve windows, thirty-six bounds. */
const amounts = { tokens: plenty, calls: plenty, usd: 1_000_000 };
const quota = { ...amounts, per_day: amounts };
const budget = { ...amounts, perDay: amounts };

const call = {
  reserveTokens: 900,
  reserveUsd: 0.001,
  execute: () => Promise.reject(new Error('not part of this benchmark')),
};
const used = { tokens: 500, usd: 0.0004 };
const { signal } = new AbortController();

type Ledger = Awaited<ReturnType<typeof openBudgetLedger>>;
type Caller = Parameters<Ledger['reserve']>[0];

/** What a call costs that reserves and settles, in microseconds. */
async function sample(ledger: Ledger, caller: Caller): Promise<number> {
  const start = performance.now();
  for (let pair = 0; pair < pairsPerSample; pair += 1) {
    const reservation = ledger.reserve(caller, call, signal);
    (reservation instanceof Promise ? await reservation : reservation)?.settle(used);
  }
  return ((performance.now() - start) * 1000) / pairsPerSample;
}

/** The ledger on a database on disk: a caller in six accounts beside one without any quota, interleaved. */
async function run({ quick }: BenchmarkOptions): Promise<Figures> {
  const home = await mkdtemp(join(tmpdir(), 'aios-bench-quotas-'));
  try {
    const logger = createLogger('silent');
    await using database = await openDatabase({ home, logger });
    const rules = (quotas: object) => createQuotaRules(configSchema.parse({ quotas }).quotas);
    const quotas = { agents: { researcher: quota }, users: { operator: quota }, tenants: { default: quota } };
    const common = { events: new EventBus(), database, logger };
    await using bounded = await openBudgetLedger({ ...common, rules: rules(quotas) });
    await using free = await openBudgetLedger({ ...common, rules: rules({}) });
    for (const number of [1, 2, 3]) {
      const parent = number === 1 ? undefined : pid.parse(number - 1);
      bounded.open({ pid: pid.parse(number), parent, tenant, agent: 'researcher', budget, durable: true });
    }
    const samples = { bounded: [] as number[], free: [] as number[] };
    for (let round = 0; round < (quick ? 500 : 5000); round += 1) {
      samples.bounded.push(await sample(bounded, callerOfThree));
      samples.free.push(await sample(free, person));
    }
    return {
      sixAccountsP50Micros: percentile(samples.bounded, 0.5),
      sixAccountsP99Micros: percentile(samples.bounded, 0.99),
      noQuotaP50Micros: percentile(samples.free, 0.5),
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const callerOfThree = callerOf(3);

const benchmark: Benchmark = {
  goals: [
    { figure: 'sixAccountsP50Micros', atMost: 2 },
    { figure: 'noQuotaP50Micros', atMost: 0.1 },
  ],
  run,
};
export default benchmark;
