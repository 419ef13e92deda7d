import type { ChatMessage } from '@aios/protocol';

/** Messages that stay or go together: a call of tools with all its results, or one message. `end` is not part of it. */
export interface Group {
  readonly start: number;
  readonly end: number;
  /** A person or a rule wants it kept. */
  readonly pinned: boolean;
}

/**
 * Splits a history where nothing is torn apart. Ids of calls may come again in later turns, so a result belongs to the nearest
 * call before it; one that comes after other messages keeps these in its group.
 */
export function groupsOf(messages: readonly ChatMessage[]): Group[] {
  const starts: number[] = [];
  /** Where the group of a call begins, by the id of the call. */
  const callers = new Map<string, number>();
  for (const [index, message] of messages.entries()) {
    const caller = message.role === 'tool' ? callers.get(message.toolCallId) : undefined;
    if (caller === undefined) starts.push(index);
    else while ((starts.at(-1) ?? 0) > caller) starts.pop();
    if (message.role !== 'assistant') continue;
    for (const { id } of message.toolCalls ?? []) callers.set(id, index);
  }
  return starts.map((start, position) => {
    const end = starts[position + 1] ?? messages.length;
    const pinned = messages.slice(start, end).some(isPinned);
    return { start, end, pinned };
  });
}

function isPinned({ role, pinned }: ChatMessage): boolean {
  return pinned === true || role === 'system';
}
