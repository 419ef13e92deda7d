import { jsonObject } from '@aios/protocol';
import type { Insertable } from 'kysely';
import type { Config } from '../../config/index.ts';
import type { Tables } from '../../database/index.ts';
import type { AskedCall } from '../../syscall/index.ts';
import { contentHash, type Question } from './approval-row.ts';

/** The row of a call that is to be asked about. */
export function planRequest(
  { caller, place, request, input }: AskedCall,
  questions: readonly Question[],
  reason: string,
  { approval_timeout_ms, at_timeout }: Config['access'],
  now: number,
): Insertable<Tables['approvals']> {
  const { process, key, tenant, user } = caller;
  const call = request.call ?? request.action;
  return {
    tenant,
    owner: user,
    pid: process?.pid ?? null,
    agent: process?.agent ?? null,
    root: process === undefined ? null : (process.root?.pid ?? process.pid),
    sequence: place?.sequence ?? null,
    nested: place?.nested ?? null,
    key: key?.id ?? null,
    call,
    target: request.target ?? null,
    input: JSON.stringify(jsonObject.parse(JSON.parse(JSON.stringify(input)))),
    hash: contentHash(call, input),
    questions: JSON.stringify(questions),
    reason,
    state: 'pending',
    requested_at: now,
    expires_at: now + approval_timeout_ms,
    at_timeout,
    answer: null,
    used_at: null,
    used_fence: null,
    used_by: null,
    notified_at: null,
  };
}
