import type { LimitReport, RateLimitReport } from '../../driver.ts';
import { retryAfterMs } from './retry-after.ts';

type Headers = Record<string, string>;
type Kind = Exclude<keyof RateLimitReport, 'retryAfterMs'>;
type Part = 'limit' | 'remaining' | 'reset';

/**
 * The names of a kind of limit in the headers of the vendors, most telling first. OpenAI, Groq, Azure, xAI and Novita:
 * `x-ratelimit-remaining-tokens`; Mistral adds the window; Fireworks counts prompt and generated tokens; Together and
 * OpenRouter name no kind, which means requests. From the vendors’ documentation.
 */
const names: Record<Kind, (part: Part) => readonly string[]> = {
  requests: (part) => [
    `anthropic-ratelimit-requests-${part}`,
    `x-ratelimit-${part}-requests`,
    `x-ratelimit-${part}-req-minute`,
    `x-ratelimit-${part}`,
  ],
  tokens: (part) => [
    `anthropic-ratelimit-tokens-${part}`,
    `x-ratelimit-${part}-tokens`,
    `x-ratelimit-${part}-tokens-minute`,
    `x-tokenlimit-${part}`,
  ],
  inputTokens: (part) => [
    `anthropic-ratelimit-input-tokens-${part}`,
    `x-ratelimit-${part}-tokens-prompt`,
    `x-ratelimit-${part}-input-tokens`,
  ],
  outputTokens: (part) => [
    `anthropic-ratelimit-output-tokens-${part}`,
    `x-ratelimit-${part}-tokens-generated`,
    `x-ratelimit-${part}-output-tokens`,
  ],
};

/** What a response says about rate limits, read from its headers; undefined where it says nothing. */
export function rateLimitsOf(headers: Headers | undefined, now = Date.now()): RateLimitReport | undefined {
  if (headers === undefined || !tellsLimits(headers)) return undefined;
  const report: RateLimitReport = {};
  for (const kind of ['requests', 'tokens', 'inputTokens', 'outputTokens'] as const) {
    const limit = limitOf(headers, names[kind], now);
    if (limit !== undefined) report[kind] = limit;
  }
  const wait = retryAfterMs(headers, now);
  if (wait !== undefined) report.retryAfterMs = wait;
  return Object.keys(report).length > 0 ? report : undefined;
}

/** Most responses say nothing, and this finds it out faster than to look for every name. */
function tellsLimits(headers: Headers): boolean {
  for (const name in headers) {
    if (name.includes('limit') || name.startsWith('retry-after')) return true;
  }
  return false;
}

function limitOf(
  headers: Headers,
  namesOf: (part: Part) => readonly string[],
  now: number,
): LimitReport | undefined {
  const limit = amount(firstOf(headers, namesOf('limit')));
  const remaining = amount(firstOf(headers, namesOf('remaining')));
  const resetMs = durationMs(firstOf(headers, namesOf('reset')), now);
  if (limit === undefined && remaining === undefined) return undefined;
  return {
    ...(limit !== undefined && { limit }),
    ...(remaining !== undefined && { remaining }),
    ...(resetMs !== undefined && { resetMs }),
  };
}

function firstOf(headers: Headers, candidates: readonly string[]): string | undefined {
  return candidates.map((name) => headers[name]).find((value) => value !== undefined && value.trim() !== '');
}

function amount(text: string | undefined): number | undefined {
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds from `6m0s`, `20ms`, `7.66s`, seconds, an RFC 3339 time, or a Unix time in seconds or milliseconds. */
export function durationMs(text: string | undefined, now = Date.now()): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return undefined;
  if (/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(trimmed)) {
    const parts = trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g);
    return [...parts].reduce((sum, [, count, unit = 's']) => sum + Number(count) * (unitMs[unit] ?? 0), 0);
  }
  const seconds = Number(trimmed);
  if (Number.isFinite(seconds)) return Math.max(0, fromNumber(seconds, now));
  const time = Date.parse(trimmed);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

/** No window is years long, so such a number is a time: in milliseconds where it has thirteen digits. */
function fromNumber(value: number, now: number): number {
  if (value > 1e12) return value - now;
  return value > 1e9 ? value * 1000 - now : value * 1000;
}
