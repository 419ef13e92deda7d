import { permission } from '@aios/protocol';
import type { Policy } from '../syscall/index.ts';
import { createPolicy } from './policy.ts';

export const everything = createPolicy([[permission.parse('*')]]);

/** A policy of one layer that a function decides. */
export function policyThat(allows: (action: string, target: string | undefined) => boolean): Policy {
  return {
    layers: [[]],
    allows,
    mayAllow: allows,
    judge: ({ action, target }) => ({ kind: allows(action, target) ? 'allow' : 'deny' }),
  };
}
