import { hash } from 'node:crypto';
import type { ChatMessage } from '@aios/protocol';
import type { Core } from '../core.ts';
import type { LoadOf, RoutedCall, Strategy } from './strategy.ts';

/**
 * The same conversation goes to the same core, which has its beginning cached. Rendezvous hashing: every core gets a weight
 * from the conversation and its own name, so that one core more or less moves only the conversations that it takes or had.
 * A core without a free slot comes after those that have one.
 */
export function createPrefixAffinity(loadOf: LoadOf): Strategy {
  const hasRoom = (core: Core) => {
    const { running, queued } = loadOf(core);
    return running + queued < core.settings.concurrency;
  };
  return {
    order: (cores, call) => {
      const beginning = beginningOf(call);
      return cores
        .map((core) => ({
          core,
          hasRoom: hasRoom(core),
          weight: hash('sha1', `${beginning}\0${core.settings.name}`),
        }))
        .sort(
          (left, right) =>
            Number(right.hasRoom) - Number(left.hasRoom) || (left.weight < right.weight ? -1 : 1),
        )
        .map(({ core }) => core);
    },
  };
}

/** What stays the same while a conversation grows and tells it from others: all up to the first message of the user. */
export function beginningOf({ messages, beginning: ownBeginning }: RoutedCall): string {
  if (messages === undefined) return ownBeginning === undefined ? '' : hash('sha1', ownBeginning());
  const first = messages.findIndex(({ role }) => role === 'user');
  const beginning: readonly ChatMessage[] = messages.slice(0, first + 1 || 1);
  return hash('sha1', JSON.stringify(beginning.map(({ role, content }) => [role, content])));
}
