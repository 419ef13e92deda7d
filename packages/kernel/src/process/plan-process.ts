import {
  AiosError,
  type Budget,
  type CallClass,
  callClass,
  type Permission,
  type RuntimeName,
  type SyscallInput,
} from '@aios/protocol';
import { narrowPolicy } from '../access/index.ts';
import type { Caller, CallingProcess, Urgency } from '../syscall/index.ts';
import { type Agent, isPython } from './agent-registry.ts';
import type { Process, ProcessPlan } from './process.ts';
import { isRemote } from './runtime/remote/index.ts';
import { notYetRestarted } from './supervision/index.ts';

interface Wish {
  readonly class?: CallClass | undefined;
  readonly priority?: number | undefined;
}

/** What an agent’s manifest asks for, as the user decided about it. */
export type LayerOf = (agent: Agent, caller: Pick<Caller, 'tenant' | 'user'>) => readonly Permission[];

/** What a process is to be: no more than its spawner may do, narrowed by its agent’s manifest and by the request. */
export function planProcess(
  caller: Caller,
  parent: Process | undefined,
  agent: Agent,
  request: SyscallInput<'process.spawn'>,
  layerOf: LayerOf = ({ manifest: { permissions } }) => permissions,
): ProcessPlan {
  const { manifest } = agent;
  const declared = narrowPolicy(caller.policy, layerOf(agent, caller));
  const policy = request.permissions === undefined ? declared : narrowPolicy(declared, request.permissions);
  return {
    parentPid: caller.process?.pid,
    root: caller.process && rootOf(caller.process),
    group: request.group === 'new' ? undefined : parent?.group,
    agent,
    runtime: chooseRuntime(agent, request.runtime),
    durable: request.durable,
    urgency: chooseUrgency(caller.process?.urgency, manifest, request),
    fence: 1,
    input: request.input,
    budget: smallerBudget(manifest.budget, request.budget),
    principal: {
      tenant: caller.tenant,
      user: caller.user,
      policy,
      ...(caller.budgets && { budgets: caller.budgets }),
    },
    createdAt: Date.now(),
    recounts: true,
    supervision: request.restart && { plan: request.restart, ...notYetRestarted },
  };
}

function rootOf({ root, pid, agent }: CallingProcess): CallingProcess['root'] {
  return root ?? { pid, agent };
}

/** As asked for, else as the manifest says; never more urgent than the process that starts it. */
function chooseUrgency(parent: Urgency | undefined, manifest: Wish, request: Wish): Urgency {
  const wished = {
    class: request.class ?? manifest.class ?? parent?.class ?? 'pipeline',
    priority: request.priority ?? manifest.priority ?? parent?.priority ?? 0,
  };
  if (parent === undefined) return wished;
  const rank = (name: CallClass) => callClass.options.indexOf(name);
  return {
    class: rank(wished.class) < rank(parent.class) ? parent.class : wished.class,
    priority: Math.min(wished.priority, parent.priority),
  };
}

function chooseRuntime(agent: Agent, asked: RuntimeName | undefined): RuntimeName {
  if (asked === 'inline' && !agent.trusted) {
    throw new AiosError(
      'permission_denied',
      `"${agent.manifest.name}" is not a trusted agent, so it cannot run inline. Leave the runtime out, or ask for "worker".`,
    );
  }
  if (agent.sandboxed) return 'sandbox';
  const wished = asked ?? agent.manifest.runtime;
  if (isRemote(agent.entry)) return only('remote', 'is served from elsewhere', agent, asked);
  if (wished === 'sandbox') return wished;
  if (isPython(agent.entry)) return only('python', 'is written in Python', agent, asked);
  if (wished === 'python' || wished === 'remote') {
    throw new AiosError(
      'invalid_argument',
      `"${agent.manifest.name}" is a file in TypeScript or JavaScript, so it cannot run in "${wished}". Leave the runtime out.`,
    );
  }
  return wished === 'inline' && !agent.trusted ? 'worker' : wished;
}

function only(runtime: RuntimeName, why: string, agent: Agent, asked: RuntimeName | undefined): RuntimeName {
  if (asked === undefined || asked === runtime) return runtime;
  throw new AiosError(
    'invalid_argument',
    `"${agent.manifest.name}" ${why}, so it cannot run in "${asked}". Leave the runtime out.`,
  );
}

/** The smaller of each bound. What happens at a bound is for the one who starts the process to say, else for the manifest. */
function smallerBudget(manifest: Budget, request: Budget): Budget {
  const { atLimit, cheaperModel } = request.atLimit === undefined ? manifest : request;
  const perMinute = smallerOf(manifest.perMinute, request.perMinute, ['tokens', 'calls', 'usd']);
  const perDay = smallerOf(manifest.perDay, request.perDay, ['tokens', 'calls', 'usd']);
  return {
    ...smallerOf(manifest, request, ['tokens', 'calls', 'usd', 'concurrency', 'seconds']),
    ...(perMinute && { perMinute }),
    ...(perDay && { perDay }),
    ...(atLimit && { atLimit }),
    ...(cheaperModel !== undefined && { cheaperModel }),
  };
}

type Bounds<Key extends string> = { readonly [Name in Key]?: number | undefined };

function smallerOf<Key extends string>(
  left: Bounds<Key> | undefined,
  right: Bounds<Key> | undefined,
  keys: readonly Key[],
): { [Name in Key]?: number } | undefined {
  if (left === undefined && right === undefined) return undefined;
  const bounds: { [Name in Key]?: number } = {};
  for (const key of keys) {
    const bound = smaller(left?.[key], right?.[key]);
    if (bound !== undefined) bounds[key] = bound;
  }
  return bounds;
}

function smaller(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
