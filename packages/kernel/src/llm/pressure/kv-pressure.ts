import type { EngineMetrics } from './engine-metrics.ts';

/** What the queue in front of an engine knows of the programs that use it. */
export interface Demand {
  readonly programs: number;
  readonly contextTokens: number;
  /** Part of the tokens sent since the last time that belong to contexts which were sent before. */
  readonly knownShare: number | undefined;
}

export interface Pressure {
  /** Tokens, as callers and the kernel count them, that running calls may take together. */
  readonly space?: number;
  /** Why there are too many programs, and how many the memory holds. */
  readonly congested?: { readonly reason: string; readonly atLeast: number };
  /** What there is room for is found again when it is needed. */
  readonly isEased: boolean;
}

/** Part of the memory from which on contexts do not fit, as they grow; and that which a smaller window still fills. */
const nearlyFull = 0.9;
const leastFill = 0.75;
/** Less is too little to judge by. */
const leastTokens = 1000;
/** Of what should be in the prefix cache, what is found there: below it is forgotten and computed again, above all is well. */
const poorHits = 0.6;
const goodHits = 0.8;

/**
 * Judges whether the memory of an engine bears the programs that use it. They are too many where their contexts do not fit
 * into it together and, for that, what was computed before is not found again, or running calls are put off; by how much the
 * cache should serve, not by what it does serve, so that prompts with nothing in common are no sign of it.
 */
export class KvPressure {
  #before: EngineMetrics | undefined;
  /** Tokens that a token of a call takes of the memory, as measured: less than one where calls share a beginning. */
  #tokensPerToken = 1;

  /** `taken`: tokens of the calls that run, as the queue counts them. */
  judge(now: EngineMetrics, { programs, contextTokens, knownShare }: Demand, taken: number): Pressure {
    const before = this.#before;
    this.#before = now;
    const used = now.kvUsed * now.kvTokens;
    if (taken > leastTokens && used > leastTokens) this.#measure(used / taken);
    const space = { space: now.kvTokens / this.#tokensPerToken };
    if (before === undefined || now.prefixQueries < before.prefixQueries) return { ...space, isEased: false };

    const wanted = contextTokens * this.#tokensPerToken;
    const preempted = now.preemptions > before.preemptions;
    const hits = hitShare(before, now);
    const served = hits === undefined || !knownShare ? undefined : hits / knownShare;
    const isFull = wanted > nearlyFull * now.kvTokens && programs > 1;
    if (isFull && (preempted || (served !== undefined && served < poorHits))) {
      const found =
        served === undefined
          ? 'calls are put off'
          : `of what was computed before, ${percent(served)} is found again`;
      const reason = `contexts of ${programs} programs take ${percent(wanted / now.kvTokens)} of its memory, ${found}`;
      const atLeast = Math.max(1, Math.floor((leastFill * programs * now.kvTokens) / wanted));
      return { ...space, congested: { reason, atLeast }, isEased: false };
    }
    const fitsAnother = wanted * (1 + 1 / Math.max(1, programs)) <= now.kvTokens;
    return { ...space, isEased: fitsAnother && !preempted && (served === undefined || served > goodHits) };
  }

  #measure(ratio: number): void {
    const bounded = Math.min(1, Math.max(0.1, ratio));
    // Calls that have just begun hold less than they will, so the most that was seen of late is nearest to it.
    const share = bounded > this.#tokensPerToken ? 1 : 0.1;
    this.#tokensPerToken += share * (bounded - this.#tokensPerToken);
  }
}

function hitShare(before: EngineMetrics, now: EngineMetrics): number | undefined {
  const queries = now.prefixQueries - before.prefixQueries;
  return queries < leastTokens ? undefined : (now.prefixHits - before.prefixHits) / queries;
}

const percent = (share: number) => `${Math.round(100 * share)} %`;
