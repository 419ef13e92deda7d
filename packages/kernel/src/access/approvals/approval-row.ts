import { createHash } from 'node:crypto';
import {
  type ApprovalDescription,
  approvalDecision,
  approvalScope,
  approvalState,
  type JsonObject,
  jsonObject,
  permission,
  pid,
  userId,
} from '@aios/protocol';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Tables } from '../../database/index.ts';
import { canonicalJson } from '../../syscall/index.ts';

export type ApprovalRow = Selectable<Tables['approvals']>;

/** What somebody is asked about; an answer for longer than once is an answer to this. */
const question = z.object({ permission, isIrreversible: z.boolean() });
export type Question = z.infer<typeof question>;

const answerSchema = z.object({
  decision: approvalDecision,
  by: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
  scope: approvalScope,
  comment: z.string().optional(),
  input: jsonObject.optional(),
});
export type Answer = z.infer<typeof answerSchema>;

/** SHA-256 of what would be done, in hexadecimal: an approval is good for this and nothing else. */
export function contentHash(call: string, input: unknown): string {
  return createHash('sha256')
    .update(`${call}\n${canonicalJson(input)}`)
    .digest('hex');
}

export function inputOf({ input }: ApprovalRow): JsonObject {
  return jsonObject.parse(JSON.parse(input));
}

export function questionsOf({ questions }: ApprovalRow): Question[] {
  return z.array(question).parse(JSON.parse(questions));
}

export function answerOf({ answer }: ApprovalRow): Answer | undefined {
  return answer === null ? undefined : answerSchema.parse(JSON.parse(answer));
}

/** `tool.call "mail.send"`, for messages. */
export function nameOf({ call, target }: Pick<ApprovalRow, 'call' | 'target'>): string {
  return target === null ? call : `${call} ${JSON.stringify(target)}`;
}

export function describeApproval(row: ApprovalRow): ApprovalDescription {
  const answer = answerOf(row);
  return {
    id: String(row.id),
    state: approvalState.parse(row.state),
    user: userId.parse(row.owner),
    ...(row.pid !== null && { pid: pid.parse(row.pid) }),
    ...(row.agent !== null && { agent: row.agent }),
    call: row.call,
    ...(row.target !== null && { target: row.target }),
    input: inputOf(row),
    hash: row.hash,
    reason: row.reason,
    permissions: questionsOf(row).map((each) => each.permission),
    requestedAt: isoDate(row.requested_at),
    expiresAt: isoDate(row.expires_at),
    atTimeout: approvalDecision.parse(row.at_timeout),
    ...(answer && { answer: { ...answer, at: isoDate(answer.at) } }),
    ...(row.used_at !== null && { usedAt: isoDate(row.used_at) }),
  };
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
