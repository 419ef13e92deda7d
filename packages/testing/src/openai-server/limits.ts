import type { ScriptedLimits } from '../scripted-model/index.ts';

/** `x-ratelimit-*` of requests and tokens; the time until the reset is a duration such as 1m30s or 120ms. */
export function limitHeaders({ requests, tokens }: ScriptedLimits): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, limit] of Object.entries({ requests, tokens })) {
    if (limit === undefined) continue;
    headers[`x-ratelimit-limit-${name}`] = `${limit.limit}`;
    headers[`x-ratelimit-remaining-${name}`] = `${limit.remaining}`;
    headers[`x-ratelimit-reset-${name}`] = duration(limit.resetMs);
  }
  return headers;
}

/** Mistral names the window and says nothing of the reset (mistralai/client-ts#169). */
export function mistralLimitHeaders({ requests, tokens }: ScriptedLimits): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, limit] of Object.entries({ req: requests, tokens })) {
    if (limit === undefined) continue;
    headers[`x-ratelimit-limit-${name}-minute`] = `${limit.limit}`;
    headers[`x-ratelimit-remaining-${name}-minute`] = `${limit.remaining}`;
  }
  return headers;
}

function duration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ''}${hours + minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}
