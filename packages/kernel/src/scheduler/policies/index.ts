import type { SchedulingPolicy } from '@aios/protocol';
import type { Policy, PolicySurroundings } from '../policy.ts';
import { deadline } from './deadline.ts';
import { Fair } from './fair/fair.ts';
import { fifo } from './fifo.ts';
import { priority } from './priority.ts';
import { RoundRobin } from './round-robin.ts';

/** All policies. A new one is a file and a line here, and a name in the protocol’s `schedulingPolicy`. */
const policies: Readonly<Record<SchedulingPolicy, (surroundings: PolicySurroundings) => Policy>> = {
  fair: (surroundings) => new Fair(surroundings),
  fifo,
  round_robin: (surroundings) => new RoundRobin(surroundings),
  priority,
  deadline,
};

export function createPolicy(name: SchedulingPolicy, surroundings: PolicySurroundings): Policy {
  return policies[name](surroundings);
}
