import { z } from 'zod';
import type { Member } from './json-text.ts';

/** A number of tokens; one that is none counts as not told. */
export const count = z.number().int().nonnegative().optional().catch(undefined);

const letterN = 0x6e;

/** Whether a member is there and not `null`. */
export function isPresent(text: string, member: Member | undefined): member is Member {
  return member !== undefined && text.charCodeAt(member.start) !== letterN;
}
