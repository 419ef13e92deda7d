/** A process that is only a row, for what is kept of processes. */
export function processRow(process: {
  tenant: string;
  user: string;
  agent: string;
  parent: number | null;
  now: number;
  durable?: boolean;
}) {
  return {
    tenant: process.tenant,
    owner: process.user,
    agent: process.agent,
    entry: 'file:///a.ts',
    trusted: 1,
    parent: process.parent,
    state: 'running',
    runtime: 'inline',
    durable: process.durable ? 1 : 0,
    fence: 1,
    class: 'pipeline',
    priority: 0,
    input: 'null',
    output: null,
    error: null,
    policy: '[]',
    budget: '{}',
    caller_budgets: '[]',
    used_calls: 0,
    used_tokens: 0,
    used_nano_usd: 0,
    created_at: process.now,
    started_at: null,
    ended_at: null,
  };
}
