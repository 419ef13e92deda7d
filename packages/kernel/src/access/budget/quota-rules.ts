import type { Budget, QuotaScope } from '@aios/protocol';
import type { QuotaEntry, QuotaSettings } from '../../config/index.ts';
import { compilePattern } from '../pattern.ts';

/** Which budgets the configuration gives to whom. */
export interface QuotaRules {
  readonly maxWaitMs: number;
  budgetOf(scope: QuotaScope, name: string): Budget | undefined;
  /** Those that the configuration names one by one. */
  readonly named: readonly { readonly scope: QuotaScope; readonly name: string }[];
}

/** The exact name comes first, then the first pattern that fits, then the default of the scope. */
export function createQuotaRules({
  agents,
  users,
  tenants,
  defaults,
  max_wait_ms: maxWaitMs,
}: QuotaSettings): QuotaRules {
  const budgets = new Map<string, Budget>();
  const patterns: { matches: (name: string) => boolean; budget: Budget }[] = [];
  const named: { scope: QuotaScope; name: string }[] = [];
  const add = (scope: QuotaScope, entries: Readonly<Record<string, QuotaEntry>>) => {
    for (const [name, entry] of Object.entries(entries)) {
      const budget = budgetFrom(entry);
      if (scope === 'agent' && name.includes('*')) patterns.push({ matches: compilePattern(name), budget });
      else {
        budgets.set(`${scope} ${name}`, budget);
        named.push({ scope, name });
      }
    }
  };
  add('agent', agents);
  add('user', users);
  add('tenant', tenants);
  const usual = new Map(
    Object.entries(defaults).flatMap(([scope, entry]) =>
      entry === undefined ? [] : [[scope, budgetFrom(entry)] as const],
    ),
  );
  return {
    maxWaitMs,
    named,
    budgetOf: (scope, name) =>
      budgets.get(`${scope} ${name}`) ??
      (scope === 'agent' ? patterns.find(({ matches }) => matches(name))?.budget : undefined) ??
      usual.get(scope),
  };
}

/** An entry of config.yaml, in the words of the protocol. */
function budgetFrom(entry: QuotaEntry): Budget {
  const {
    per_minute: perMinute,
    per_day: perDay,
    at_limit: atLimit,
    cheaper_model: cheaperModel,
    ...rest
  } = entry;
  return {
    ...rest,
    ...(perMinute && { perMinute }),
    ...(perDay && { perDay }),
    ...(atLimit && { atLimit }),
    ...(cheaperModel !== undefined && { cheaperModel }),
  };
}
