import { AiosError, isSyscallName } from '@aios/protocol';
import type { CommitTransaction, Permit } from '../../syscall/index.ts';
import { checkInput } from '../../syscall/index.ts';
import { type ApprovalRow, answerOf, contentHash, inputOf, nameOf } from './approval-row.ts';

/** What an approved request is good for. Throws `failed_precondition` where its row is not what was shown. */
export function createPermit(
  row: ApprovalRow,
  use: (transaction: CommitTransaction) => Promise<void>,
): Permit {
  const asked = inputOf(row);
  if (contentHash(row.call, asked) !== row.hash) {
    throw new AiosError(
      'failed_precondition',
      `Approval ${row.id} was changed in the database and is not used.`,
    );
  }
  const edited = answerOf(row)?.input;
  const input = edited && isSyscallName(row.call) ? checkInput(row.call, edited) : undefined;
  return { approval: String(row.id), input, use };
}

/** What the caller is told of a request that was not approved. */
export function refusalOf(row: ApprovalRow): AiosError | undefined {
  const details = { approval: String(row.id) };
  switch (row.state) {
    case 'approved':
    case 'used':
      return undefined;
    case 'denied':
      return new AiosError('permission_denied', deniedBy(row), { details });
    case 'expired':
      return new AiosError(
        'permission_denied',
        `Nobody approved ${nameOf(row)} in time (approval ${row.id}). Ask a person, then try again.`,
        { details },
      );
    default:
      return new AiosError('cancelled', `The request for approval ${row.id} was withdrawn.`, { details });
  }
}

function deniedBy(row: ApprovalRow): string {
  const answer = answerOf(row);
  const comment = answer?.comment === undefined ? '' : `: ${answer.comment}`;
  return `${answer?.by ?? 'A person'} denied ${nameOf(row)} (approval ${row.id})${comment}.`;
}
