import { memberNamed, membersOfRequest, parsedMember } from '@aios/kernel';

/** What most requests have nowhere, so that they need not be looked at closely. */
const somewhere = /"thread"\s*:\s*\{/;

/**
 * Whether Anthropic is to keep the conversation. That is refused whoever answers: a thread would stay with one of several
 * accounts, and anybody who knows its id could go on with it.
 */
export function wantsThread(body: string): boolean {
  if (!somewhere.test(body)) return false;
  const members = membersOfRequest(body);
  return members !== undefined && (parsedMember(body, memberNamed(members, 'thread')) ?? null) !== null;
}
