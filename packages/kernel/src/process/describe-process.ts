import {
  type Budget,
  budget,
  jsonValue,
  type Permission,
  type Pid,
  type ProcessDescription,
  type ProcessHealth,
  permission,
  pid,
  problem,
  processExit,
  processState,
  quotaScope,
  runtimeName,
} from '@aios/protocol';
import { z } from 'zod';
import { type ProcessUse, usdOf } from '../access/index.ts';
import type { CallerBudget } from '../syscall/index.ts';
import type { Process } from './process.ts';
import type { ProcessRow } from './process-store.ts';
import { describeRestart, supervisionOf } from './supervision/index.ts';

const callerBudgetsSchema = z.array(z.object({ scope: quotaScope, name: z.string(), budget }));
const layersSchema = z.array(z.array(permission));

const isoDate = (milliseconds: number) => new Date(milliseconds).toISOString();

export function budgetOf(row: ProcessRow): Budget {
  return budget.parse(JSON.parse(row.budget));
}

/** Budgets that came with whoever started the process; none where there are none. */
export function callerBudgetsOf(row: Pick<ProcessRow, 'caller_budgets'>): { budgets?: CallerBudget[] } {
  const budgets = callerBudgetsSchema.parse(JSON.parse(row.caller_budgets));
  return budgets.length === 0 ? {} : { budgets };
}

export function parseLayers(row: Pick<ProcessRow, 'policy'>): Permission[][] {
  return layersSchema.parse(JSON.parse(row.policy));
}

/** A process as it is shown, from its row. */
export function describeRow(row: ProcessRow): ProcessDescription {
  return {
    pid: pid.parse(row.pid),
    ...(row.parent !== null && { parent: pid.parse(row.parent) }),
    group: pid.parse(row.process_group ?? row.pid),
    agent: row.agent,
    owner: row.owner,
    state: processState.parse(row.state),
    runtime: runtimeName.parse(row.runtime),
    durable: row.durable === 1,
    run: row.run,
    input: jsonValue.parse(JSON.parse(row.input)),
    ...(row.output !== null && { output: jsonValue.parse(JSON.parse(row.output)) }),
    ...(row.error !== null && { error: problem.parse(JSON.parse(row.error)) }),
    ...(row.exit !== null && { exit: processExit.parse(row.exit) }),
    createdAt: isoDate(row.created_at),
    ...(row.started_at !== null && { startedAt: isoDate(row.started_at) }),
    ...(row.ended_at !== null && { endedAt: isoDate(row.ended_at) }),
    ...(row.restart_at !== null && { health: 'restarting' as const }),
    ...(row.breaks > 0 && { breaks: row.breaks }),
    ...describeRestart(supervisionOf(row), row.restart_at),
    used: { calls: row.used_calls, tokens: row.used_tokens, usd: usdOf(row.used_nano_usd) },
    budget: budgetOf(row),
    permissions: parseLayers(row),
  };
}

/** A process as it is shown, while it lives. */
export function describeProcess(
  process: Process,
  livingParent: Pid | undefined,
  used: ProcessUse,
): ProcessDescription {
  const { options, startedAt } = process;
  return {
    pid: options.pid,
    ...(options.parentPid !== undefined && { parent: options.parentPid }),
    ...(livingParent !== undefined && livingParent !== options.parentPid && { adoptedBy: livingParent }),
    group: process.group,
    agent: options.agent.manifest.name,
    owner: options.principal.user,
    state: process.state,
    runtime: options.runtime,
    durable: options.durable,
    run: options.run.number,
    input: options.input,
    createdAt: isoDate(options.createdAt),
    ...(startedAt !== undefined && { startedAt: isoDate(startedAt) }),
    health: healthOf(process),
    ...(process.lastProgressAt !== undefined && { lastProgressAt: isoDate(process.lastProgressAt) }),
    ...(options.breaks && { breaks: options.breaks }),
    ...describeRestart(options.supervision, null),
    used,
    budget: process.budget,
    permissions: options.principal.policy.layers.map((layer) => [...layer]),
  };
}

/** A process that waits is healthy, however long; one that asks nothing and is asked nothing for so long may hang. */
const stalledAfterMs = 300_000;

export function healthOf({ state, openCalls, startedAt, lastProgressAt }: Process): ProcessHealth {
  if (state !== 'running' || openCalls > 0) {
    return lastProgressAt === undefined && state !== 'waiting' ? 'starting' : 'healthy';
  }
  const since = lastProgressAt ?? startedAt ?? Date.now();
  if (Date.now() - since >= stalledAfterMs) return 'stalled';
  return lastProgressAt === undefined ? 'starting' : 'healthy';
}
