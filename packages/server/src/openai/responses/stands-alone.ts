import { memberNamed, membersOfRequest, parsedMember } from '@aios/kernel';

/** Ids of items that this kernel made, and references to items. */
const keptItem = /_[0-9a-f]{32}_[io]\d+"|"item_reference"/;

/**
 * Whether a provider can answer a request by itself: nothing of it is to be kept here, and it speaks of nothing that was. Reads
 * the body without parsing its input.
 */
export function standsAlone(body: string): boolean {
  const members = membersOfRequest(body);
  if (members === undefined) return false;
  const value = (name: string) => parsedMember(body, memberNamed(members, name));
  const isOwn = value('store') !== false || (value('previous_response_id') ?? null) !== null;
  return !isOwn && !keptItem.test(body);
}
