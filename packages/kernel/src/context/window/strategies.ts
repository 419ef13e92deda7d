import type { ChatMessage } from '@aios/protocol';
import type { Draft } from './draft.ts';
import type { Group } from './groups.ts';
import type { WindowPolicy } from './policy.ts';
import { cutText, pageOf, referenceTo, supersededNote, textOf } from './references.ts';
import { supersededOf } from './superseded.ts';

/** Room for a note where nothing is summarised. */
const noteTokens = 32;

/** Drops the results that a later one says anew: they are of no use to anybody. */
export function dropSuperseded(draft: Draft): void {
  for (const index of supersededOf(draft.results(), draft.messages, draft.told)) {
    if (draft.replace(index, supersededNote)) draft.superseded.add(index);
  }
}

/** Moves large results out, the oldest first, those of the last step not. */
export function pageLargeResults(draft: Draft, target: number, { pageMinTokens }: WindowPolicy): void {
  for (const index of draft.results()) {
    if (draft.total <= target || index >= draft.lastGroupStart) return;
    if (draft.tokensOf(index) >= pageMinTokens) page(draft, index);
  }
}

/** Takes out the oldest messages, in whole groups; the newest message of the user and the last step stay. */
export function takeOutOldest(draft: Draft, limit: number, target: number, policy: WindowPolicy): void {
  if (draft.total <= target) return;
  const removable = removableGroups(draft);
  const isFirst = draft.gap.length === 0;
  const gain = removable.reduce((sum, group) => sum + draft.tokensIn(group), 0);
  if (removable.length === 0 || (isFirst && gain <= gapTokens(policy) && draft.total <= limit)) return;
  if (isFirst) draft.total += gapTokens(policy);
  const taken: ChatMessage[] = [];
  for (const group of removable) {
    if (draft.total <= target && taken.length > 0) break;
    taken.push(...draft.takeOut(group));
  }
  draft.gap.push(taken);
}

function removableGroups(draft: Draft): Group[] {
  const newestOfUser = draft.messages.findLastIndex(
    ({ role }, index) => role === 'user' && index < draft.end,
  );
  return draft.groups
    .slice(0, Math.max(0, draft.groupCount - 1))
    .filter(
      (group) =>
        !group.pinned &&
        !(group.start <= newestOfUser && newestOfUser < group.end) &&
        draft.tokensIn(group) > 0,
    );
}

/** The most that may stand in place of what was taken out. */
export function gapTokens({ strategies, summaryTokens }: WindowPolicy): number {
  return strategies.has('summarise') ? summaryTokens : noteTokens;
}

/** What remains where the last step alone is too large: its results are moved out, else cut in the middle. */
export function squeezeResults(draft: Draft, limit: number, { strategies }: WindowPolicy): void {
  const byLargest = () => draft.results().sort((left, right) => draft.tokensOf(right) - draft.tokensOf(left));
  if (strategies.has('page')) {
    for (const index of byLargest()) {
      if (draft.total <= limit) return;
      if (!draft.paged.has(index) && !draft.superseded.has(index)) page(draft, index);
    }
  }
  if (!strategies.has('truncate')) return;
  for (const index of byLargest()) {
    if (draft.total <= limit) return;
    shorten(draft, index, draft.total - limit);
  }
}

function page(draft: Draft, index: number): void {
  const original = draft.messages[index];
  const moved = original?.role === 'tool' ? pageOf(original) : undefined;
  if (moved !== undefined && draft.replace(index, referenceTo(moved))) draft.paged.set(index, moved);
}

/** Makes a result shorter by so many tokens, or as short as it gets. */
function shorten(draft: Draft, index: number, excess: number): void {
  const original = draft.messages[index];
  const text = original?.role === 'tool' ? textOf(original.content) : undefined;
  if (text === undefined || draft.paged.has(index) || draft.superseded.has(index)) return;
  const before = draft.tokensOf(index);
  const wanted = Math.max(0, before - excess);
  // Tokens are not spread evenly over a text, so a first cut may be too long still.
  for (let share = Math.min(0.95, wanted / before); ; share /= 2) {
    const characters = Math.floor(text.length * share);
    const isShorter = draft.replace(index, cutText(text, characters));
    if (isShorter) draft.shortened.add(index);
    if (draft.tokensOf(index) <= wanted || characters < 16) return;
  }
}
