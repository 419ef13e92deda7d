/** What is counted of calls. Money is in billionths of a dollar, whole numbers, so that sums stay exact. */
export interface Amounts {
  calls: number;
  tokens: number;
  nanoUsd: number;
}

export type Counted = keyof Amounts;

export const counted: readonly Counted[] = ['calls', 'tokens', 'nanoUsd'];

const nanoPerUsd = 1e9;
/** Less than this of a billionth comes from binary fractions and is no money. */
const noise = 1e-3;

export function noAmounts(): Amounts {
  return { calls: 0, tokens: 0, nanoUsd: 0 };
}

/** US dollars in billionths, rounded up. */
export function nanoUsd(usd: number): number {
  return Math.ceil(usd * nanoPerUsd - noise);
}

export function usdOf(nano: number): number {
  return nano / nanoPerUsd;
}

/** An amount as it is shown. */
export function shown(dimension: Counted, amount: number): number {
  return dimension === 'nanoUsd' ? usdOf(amount) : amount;
}

export function shownName(dimension: Counted): 'calls' | 'tokens' | 'usd' {
  return dimension === 'nanoUsd' ? 'usd' : dimension;
}
