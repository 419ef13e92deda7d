import type { ScriptedLimits } from '../scripted-model/index.ts';

const names = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input-tokens',
  outputTokens: 'output-tokens',
} as const;

/** `anthropic-ratelimit-*`; the time of reset is an RFC 3339 one. */
export function limitHeaders(limits: ScriptedLimits): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const key of ['requests', 'tokens', 'inputTokens', 'outputTokens'] as const) {
    const limit = limits[key];
    if (limit === undefined) continue;
    const prefix = `anthropic-ratelimit-${names[key]}`;
    headers[`${prefix}-limit`] = `${limit.limit}`;
    headers[`${prefix}-remaining`] = `${limit.remaining}`;
    headers[`${prefix}-reset`] = new Date(Date.now() + limit.resetMs).toISOString();
  }
  return headers;
}
