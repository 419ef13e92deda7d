import type { CheckpointId, Pid } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import { takeBackTo } from './changes.ts';
import { type Checkpoint, findCheckpoint } from './checkpoints.ts';
import { moveEnd } from './conversations.ts';
import { copyMoves, endsAfter } from './moves.ts';
import type { Holder, Subject } from './owner.ts';
import { addUsage, lockUsage, rowBytes } from './usage.ts';

/** The conversations of processes, as they change with their journals. */
export interface ConversationHistories {
  /** Throws `not_found` for a checkpoint that is not there. */
  checkpoint(id: CheckpointId): Promise<Checkpoint>;
  /** Lets the conversations of a process end where they did after a record of its journal. */
  takeBack(transaction: Transaction<Tables>, subject: Subject, position: number): Promise<void>;
  /**
   * Gives a new process the conversations that another had after some records of its journal, whose positions are given: the
   * new process has got these as its first ones.
   */
  copy(transaction: Transaction<Tables>, from: Pid, to: Holder, positions: readonly number[]): Promise<void>;
}

export function conversationHistories(database: Database, now: () => number): ConversationHistories {
  return {
    checkpoint: (id) => findCheckpoint(database.reader, id),
    async takeBack(transaction, subject, position) {
      for (const [name, end] of await endsAfter(transaction, subject.pid, position)) {
        await takeBackTo(transaction, subject, name, end, now());
      }
    },
    async copy(transaction, from, to, positions) {
      const position = positions.at(-1) ?? 0;
      const ends = [...(await endsAfter(transaction, from, position))].filter(([, end]) => end.head !== null);
      await lockUsage(transaction, to);
      for (const [name, end] of ends) await moveEnd(transaction, to, name, end, now());
      await copyMoves(transaction, from, to.pid, positions);
      await addUsage(transaction, to, ends.length * rowBytes);
    },
  };
}
