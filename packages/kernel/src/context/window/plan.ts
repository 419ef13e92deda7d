import type { ChatMessage } from '@aios/protocol';
import { Draft } from './draft.ts';
import type { Sizes, WindowPolicy } from './policy.ts';
import type { Page } from './references.ts';
import { dropSuperseded, pageLargeResults, squeezeResults, takeOutOldest } from './strategies.ts';

/** What is done to a history so that it fits. */
export interface Plan {
  /** What is sent; a gap is where the oldest messages were. */
  readonly kept: readonly ChatMessage[];
  /** Index in `kept` before which the gap is. */
  readonly gapAt: number;
  /** What was taken out there, as it was sent until then: each time the limit was reached, some more. */
  readonly gap: readonly (readonly ChatMessage[])[];
  /** What was moved out, also of messages that were taken out later. */
  readonly pages: readonly Page[];
  /** Those whose reference is sent. */
  readonly referredTo: readonly Page[];
  readonly superseded: number;
  readonly shortened: number;
  readonly tokensBefore: number;
  /** Tokens of what is sent, with as much in the gap as may stand there; more than the limit where what must stay is. */
  readonly tokens: number;
}

/**
 * Plans how a history fits into a limit, by living through it again from its beginning: whenever a call would have met the
 * limit, what there was is cut down to the low-water mark, and from there it only grows. What is decided depends on the
 * messages up to that call alone. So a longer history has all the decisions of a shorter one, on every node and after every
 * restart, and what is sent begins the same from turn to turn. `around` are the tokens besides the messages.
 */
export function planWindow(
  messages: readonly ChatMessage[],
  sizes: Sizes,
  limit: number,
  around: number,
  policy: WindowPolicy,
): Plan {
  const draft = new Draft(messages, sizes, around);
  let tokensBefore = around;
  while (draft.groupCount < draft.groups.length) {
    const sentBefore = draft.total;
    draft.advance();
    tokensBefore += draft.total - sentBefore;
    if (draft.total > limit && isCall(draft)) cut(draft, limit, policy);
  }
  return {
    kept: draft.sent,
    gapAt: Math.max(
      0,
      messages.findIndex(({ role }) => role !== 'system'),
    ),
    gap: draft.gap,
    pages: [...draft.paged.values()],
    referredTo: [...draft.paged].flatMap(([index, page]) => (draft.isSent(index) ? [page] : [])),
    superseded: draft.superseded.size,
    shortened: draft.shortened.size,
    tokensBefore,
    tokens: draft.total,
  };
}

/** Whether a model was asked at this point: what comes next is its answer, or nothing. */
function isCall({ messages, groups, groupCount }: Draft): boolean {
  const next = groups[groupCount];
  return next === undefined || messages[next.start]?.role === 'assistant';
}

function cut(draft: Draft, limit: number, policy: WindowPolicy): void {
  const { strategies, lowWater } = policy;
  const target = Math.floor(limit * lowWater);
  if (strategies.has('superseded')) dropSuperseded(draft);
  if (strategies.has('page')) pageLargeResults(draft, target, policy);
  if (strategies.has('summarise') || strategies.has('truncate')) takeOutOldest(draft, limit, target, policy);
  if (draft.total > limit) squeezeResults(draft, limit, policy);
}
