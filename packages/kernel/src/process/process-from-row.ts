import { callClass, jsonValue, pid as pidSchema, runtimeName, tenantId, userId } from '@aios/protocol';
import { createPolicy } from '../access/index.ts';
import type { Agent } from './agent-registry.ts';
import { budgetOf, callerBudgetsOf, parseLayers } from './describe-process.ts';
import type { ProcessPlan } from './process.ts';
import type { ProcessRow } from './process-store.ts';
import { supervisionOf } from './supervision/index.ts';

/** What a process is by its row, whichever kernel and whichever run of its code has it. */
export function optionsOf(
  row: ProcessRow,
  agent: Agent,
): Omit<ProcessPlan, 'root' | 'fence' | 'createdAt' | 'recounts'> {
  return {
    parentPid: row.parent === null ? undefined : pidSchema.parse(row.parent),
    group: row.process_group === null ? undefined : pidSchema.parse(row.process_group),
    agent,
    runtime: runtimeName.parse(row.runtime),
    durable: row.durable === 1,
    urgency: { class: callClass.parse(row.class), priority: row.priority },
    input: jsonValue.parse(JSON.parse(row.input)),
    budget: budgetOf(row),
    principal: {
      tenant: tenantId.parse(row.tenant),
      user: userId.parse(row.owner),
      policy: createPolicy(parseLayers(row)),
      ...callerBudgetsOf(row),
    },
    breaks: row.breaks,
    supervision: supervisionOf(row),
  };
}
