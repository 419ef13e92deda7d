// Who may answer, and what with.

import { AiosError, isSyscallName, type SyscallInput } from '@aios/protocol';
import type { Config } from '../../config/index.ts';
import { type Caller, checkInput } from '../../syscall/index.ts';
import type { GrantRow } from '../grants/index.ts';
import { type Answer, type ApprovalRow, nameOf, questionsOf } from './approval-row.ts';

/** Throws where the caller is the one that asked, or the answer makes no sense. */
export function checkAnswer(
  caller: Caller,
  row: ApprovalRow,
  { decision, scope, input }: SyscallInput<'approval.answer'>,
  { four_eyes }: Config['access'],
): void {
  if (caller.process !== undefined) {
    throw denied('A process cannot answer what agents ask; a person can, with "aios approvals".');
  }
  if (row.key !== null && caller.key?.id === row.key) {
    throw denied(`Approval ${row.id} was asked for with this very key. Somebody else has to answer.`);
  }
  if (four_eyes && caller.user === row.owner) {
    throw denied(
      `Approval ${row.id} is for user "${row.owner}". Another person has to answer (access.four_eyes).`,
    );
  }
  if (row.state !== 'pending') throw noLongerPending(row);
  if (scope !== 'once' && questionsOf(row).length === 0) {
    throw new AiosError(
      'invalid_argument',
      `Approval ${row.id} can be answered for this call alone: leave the scope out.`,
    );
  }
  if (input === undefined) return;
  if (decision === 'deny') {
    throw new AiosError(
      'invalid_argument',
      'A call that is denied has no other arguments. Leave the input out.',
    );
  }
  if (!isSyscallName(row.call)) {
    throw new AiosError('invalid_argument', `${nameOf(row)} is part of another call and cannot be edited.`);
  }
  checkInput(row.call, input);
}

/** What an answer for longer than this call decides for the agent. */
export function decisionsOf(row: ApprovalRow, { decision, scope, at }: Answer): GrantRow[] {
  const { agent } = row;
  if (scope === 'once' || agent === null) return [];
  return questionsOf(row).map(({ permission, isIrreversible }) => ({
    tenant: row.tenant,
    owner: row.owner,
    agent,
    pid: scope === 'run' ? (row.root ?? 0) : 0,
    permission,
    decision: decision === 'approve' ? 'allow' : 'deny',
    irreversible: Number(isIrreversible),
    decided_at: at,
  }));
}

export function noLongerPending(row: ApprovalRow): AiosError {
  return new AiosError(
    'failed_precondition',
    `Approval ${row.id} of ${nameOf(row)} does not wait any more. "aios approvals show ${row.id}" tells how it stands.`,
    { details: { approval: String(row.id) } },
  );
}

function denied(message: string): AiosError {
  return new AiosError('permission_denied', message);
}
