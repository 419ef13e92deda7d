// What changes a user's tree, each within one transaction: a crash, a full disk or a refusal leaves it as it was. Every one
// of them begins with `lockUsage`.

import { AiosError, type CheckpointId } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';
import { type Checkpoint, findCheckpoint, insertCheckpoint, isMarked } from './checkpoints.ts';
import { endOf, existingEnd, findEnd, moveEnd } from './conversations.ts';
import { type ContextLimits, refuseFullStore, refuseLargeConversation } from './limits.ts';
import { loosen } from './loose-messages.ts';
import { grow, type Position } from './messages.ts';
import type { Holder, Owner, Subject } from './owner.ts';
import { addUsage, lockUsage, rowBytes } from './usage.ts';

/** The terms of a change. */
export interface Terms {
  readonly limits: ContextLimits;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Adds messages to the end of a conversation; only to the end that is expected, where one is. */
export async function append(
  transaction: Transaction<Tables>,
  holder: Holder,
  addition: {
    readonly conversation: string;
    readonly texts: readonly string[];
    readonly expected?: Position;
  },
  { limits, now }: Terms,
): Promise<Position> {
  const { conversation, texts, expected } = addition;
  const stored = await lockUsage(transaction, holder);
  const end = await endOf(transaction, holder, conversation);
  if (expected !== undefined && expected.head !== end.head) throw conversationMoved(conversation);
  const { position, storedBytes } = await grow(transaction, holder, end, texts);
  refuseLargeConversation(position.bytes, limits);
  const moved = await moveEnd(transaction, holder, conversation, position, now);
  const added = storedBytes + (moved === 'begun' ? rowBytes : 0);
  refuseFullStore(stored + added, limits);
  await addUsage(transaction, holder, added);
  return position;
}

export async function checkpoint(
  transaction: Transaction<Tables>,
  subject: Subject,
  {
    conversation,
    label,
    isJournalled,
  }: {
    readonly conversation: string;
    readonly label: string | undefined;
    /** Whether the process makes it by a call that its journal has the answer of. */
    readonly isJournalled: boolean;
  },
  { limits, now }: Terms,
): Promise<Checkpoint> {
  const stored = await lockUsage(transaction, subject);
  const position = await endOf(transaction, subject, conversation);
  const mark = { conversation, position, label, cause: 'request', createdAt: now, isJournalled } as const;
  const made = await insertCheckpoint(transaction, subject, mark);
  refuseFullStore(stored + made.sizeBytes, limits);
  await addUsage(transaction, subject, made.sizeBytes);
  return made;
}

/** Takes the conversation of a checkpoint back to it. What it held before is made a checkpoint, unless it is one. */
export async function restore(
  transaction: Transaction<Tables>,
  subject: Subject,
  id: CheckpointId,
  { limits, now }: Terms,
): Promise<{ conversation: string; position: Position; before: Checkpoint | undefined }> {
  const stored = await lockUsage(transaction, subject);
  const { conversation, position } = await findCheckpoint(transaction, id);
  const end = await endOf(transaction, subject, conversation);
  const isLost =
    end.head !== null &&
    end.head !== position.head &&
    !(await isMarked(transaction, subject, conversation, end));
  const before = isLost ? await keepBefore(transaction, subject, conversation, end, now) : undefined;
  const moved = await moveEnd(transaction, subject, conversation, position, now);
  const added = (before?.sizeBytes ?? 0) + (moved === 'begun' ? rowBytes : 0);
  refuseFullStore(stored + added, limits);
  await addUsage(transaction, subject, added);
  return { conversation, position, before };
}

/** A checkpoint of what a conversation holds that is about to end elsewhere. */
async function keepBefore(
  transaction: Transaction<Tables>,
  subject: Subject,
  conversation: string,
  position: Position,
  now: number,
): Promise<Checkpoint> {
  return await insertCheckpoint(transaction, subject, {
    conversation,
    position,
    label: undefined,
    cause: 'restore',
    createdAt: now,
    isJournalled: false,
  });
}

/** Lets a conversation end where it did; a checkpoint is made of what it holds, unless there is one. */
export async function takeBackTo(
  transaction: Transaction<Tables>,
  subject: Subject,
  conversation: string,
  position: Position,
  now: number,
): Promise<void> {
  await lockUsage(transaction, subject);
  const end = await endOf(transaction, subject, conversation);
  if (end.head === position.head) return;
  const isLost = end.head !== null && !(await isMarked(transaction, subject, conversation, end));
  const before = isLost ? await keepBefore(transaction, subject, conversation, end, now) : undefined;
  await moveEnd(transaction, subject, conversation, position, now);
  await addUsage(transaction, subject, before?.sizeBytes ?? 0);
}

/** Where a fork begins: a checkpoint, or the present end of a conversation. */
export interface ForkPoint {
  readonly from: Holder;
  readonly conversation: string;
  readonly checkpoint: CheckpointId | undefined;
}

/** Begins a conversation that has the past of another. Throws `already_exists`. */
export async function fork(
  transaction: Transaction<Tables>,
  { from, conversation, checkpoint: id }: ForkPoint,
  to: { readonly holder: Holder; readonly conversation: string },
  { limits, now }: Terms,
): Promise<Position> {
  const stored = await lockUsage(transaction, to.holder);
  if ((await findEnd(transaction, to.holder, to.conversation)) !== undefined) {
    throw new AiosError(
      'already_exists',
      `Process ${to.holder.pid} has a conversation "${to.conversation}" already. Choose another name.`,
    );
  }
  const position =
    id === undefined
      ? await existingEnd(transaction, from, conversation)
      : (await findCheckpoint(transaction, id)).position;
  await moveEnd(transaction, to.holder, to.conversation, position, now);
  refuseFullStore(stored + rowBytes, limits);
  await addUsage(transaction, to.holder, rowBytes);
  return position;
}

/** Forgets a checkpoint; what only it led to is swept later. */
export async function deleteCheckpoint(
  transaction: Transaction<Tables>,
  owner: Owner,
  id: CheckpointId,
): Promise<void> {
  await lockUsage(transaction, owner);
  const { position, sizeBytes } = await findCheckpoint(transaction, id);
  await transaction.deleteFrom('context_checkpoints').where('id', '=', id).execute();
  await loosen(transaction, [position.head]);
  await addUsage(transaction, owner, -sizeBytes);
}

function conversationMoved(conversation: string): AiosError {
  return new AiosError(
    'failed_precondition',
    `The conversation "${conversation}" changed while the model answered: it was restored or added to. Nothing was added; ` +
      'ask again, or fork it for a second line of thought.',
  );
}
