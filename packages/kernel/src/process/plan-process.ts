import { AiosError, type Budget, type SyscallInput } from '@aios/protocol';
import { narrowPolicy } from '../access/index.ts';
import type { Caller } from '../syscall/index.ts';
import type { Agent } from './agent-registry.ts';
import type { Process, ProcessOptions, RuntimeName } from './process.ts';

/** What a process is to be: no more than its spawner may do, narrowed by its agent’s manifest and by the request. */
export function planProcess(
  caller: Caller,
  parent: Process | undefined,
  agent: Agent,
  request: SyscallInput<'process.spawn'>,
): Omit<ProcessOptions, 'pid'> {
  const { manifest } = agent;
  const declared = narrowPolicy(caller.policy, manifest.permissions);
  const policy = request.permissions === undefined ? declared : narrowPolicy(declared, request.permissions);
  return {
    parent,
    parentPid: caller.process?.pid,
    agent,
    runtime: chooseRuntime(agent, request.runtime),
    durable: request.durable,
    fence: 1,
    input: request.input,
    budget: smallerBudget(manifest.budget, request.budget),
    principal: { tenant: caller.tenant, user: caller.user, policy },
    createdAt: Date.now(),
  };
}

function chooseRuntime(agent: Agent, asked: RuntimeName | undefined): RuntimeName {
  if (asked === 'inline' && !agent.trusted) {
    throw new AiosError(
      'permission_denied',
      `"${agent.manifest.name}" is not a trusted agent, so it cannot run inline. Leave the runtime out, or ask for "worker".`,
    );
  }
  return agent.trusted ? (asked ?? agent.manifest.runtime) : 'worker';
}

function smallerBudget(left: Budget, right: Budget): Budget {
  const tokens = smaller(left.tokens, right.tokens);
  const calls = smaller(left.calls, right.calls);
  return { ...(tokens !== undefined && { tokens }), ...(calls !== undefined && { calls }) };
}

function smaller(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
