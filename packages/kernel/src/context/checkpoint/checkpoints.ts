// The rows of checkpoints.

import {
  AiosError,
  type CheckpointId,
  type ContextCheckpoint,
  checkpointId,
  pid as pidSchema,
} from '@aios/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../../database/index.ts';
import type { Position } from './messages.ts';
import { lastPosition } from './moves.ts';
import type { Holder, Subject } from './owner.ts';
import { rowBytes } from './usage.ts';
import { currentVersions, parseVersions, type Versions } from './versions.ts';

export interface Checkpoint extends Holder {
  readonly id: CheckpointId;
  readonly conversation: string;
  readonly position: Position;
  readonly label: string | undefined;
  readonly cause: ContextCheckpoint['cause'];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly versions: Versions;
  /** The record of the journal up to which the process had come; absent in checkpoints of earlier versions of AIOS. */
  readonly journalPosition: number | undefined;
  readonly sizeBytes: number;
}

type Mark = Pick<Checkpoint, 'conversation' | 'position' | 'label' | 'cause' | 'createdAt'> & {
  /** Whether its process makes it by a call that its journal has the answer of. */
  readonly isJournalled: boolean;
};

/** Notes where a conversation is and what the world was then. */
export async function insertCheckpoint(
  transaction: Transaction<Tables>,
  subject: Subject,
  mark: Mark,
): Promise<Checkpoint> {
  const { tenant, user, pid } = subject;
  const versions = await currentVersions(transaction, subject);
  const journalPosition = (await lastPosition(transaction, pid)) + Number(mark.isJournalled);
  const files = JSON.stringify(versions.files);
  const notes = JSON.stringify(versions.notes);
  const sizeBytes = rowBytes + Buffer.byteLength(files) + Buffer.byteLength(notes);
  const { id } = await transaction
    .insertInto('context_checkpoints')
    .values({
      tenant,
      user,
      pid,
      conversation: mark.conversation,
      head: mark.position.head,
      label: mark.label ?? null,
      cause: mark.cause,
      created_at: mark.createdAt,
      size_bytes: sizeBytes,
      notes,
      files,
      position: journalPosition,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { isJournalled: _, ...marked } = mark;
  return { ...marked, tenant, user, pid, versions, sizeBytes, journalPosition, id: checkpointId.parse(id) };
}

/** Throws `not_found`. */
export async function findCheckpoint(database: Kysely<Tables>, id: CheckpointId): Promise<Checkpoint> {
  const row = await selectCheckpoints(database).where('context_checkpoints.id', '=', id).executeTakeFirst();
  if (row === undefined) throw noCheckpoint(id);
  return checkpointOf(row);
}

export function noCheckpoint(id: CheckpointId): AiosError {
  return new AiosError(
    'not_found',
    `There is no checkpoint ${id} here: it was deleted, was older than the policy keeps, or belongs to a process that you ` +
      'may not see. "aios context list PID" shows those of a process.',
    { details: { checkpoint: id } },
  );
}

/** Newest first. */
export async function listCheckpoints(
  database: Kysely<Tables>,
  { pid }: Holder,
  limit: number,
): Promise<Checkpoint[]> {
  const rows = await selectCheckpoints(database)
    .where('pid', '=', pid)
    .orderBy('context_checkpoints.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(checkpointOf);
}

/** Whether a checkpoint of the conversation stands at this position. */
export async function isMarked(
  database: Kysely<Tables>,
  { pid }: Holder,
  conversation: string,
  { head }: Position,
): Promise<boolean> {
  const found = await database
    .selectFrom('context_checkpoints')
    .select('id')
    .where('head', '=', head)
    .where('pid', '=', pid)
    .where('conversation', '=', conversation)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

export function describeCheckpoint(checkpoint: Checkpoint): ContextCheckpoint {
  const { id, pid, conversation, position, label, cause, createdAt, versions } = checkpoint;
  return {
    id,
    pid,
    conversation,
    length: position.length,
    bytes: position.bytes,
    ...(label !== undefined && { label }),
    cause,
    createdAt: new Date(createdAt).toISOString(),
    files: Object.keys(versions.files).length,
  };
}

function selectCheckpoints(database: Kysely<Tables>) {
  return database
    .selectFrom('context_checkpoints')
    .leftJoin('context_messages', 'context_messages.id', 'context_checkpoints.head')
    .selectAll('context_checkpoints')
    .select(['context_messages.length', 'context_messages.history_bytes']);
}

type Row = Awaited<ReturnType<ReturnType<typeof selectCheckpoints>['executeTakeFirstOrThrow']>>;

function checkpointOf(row: Row): Checkpoint {
  const { head, length, history_bytes } = row;
  return {
    id: checkpointId.parse(row.id),
    tenant: row.tenant,
    user: row.user,
    pid: pidSchema.parse(row.pid),
    conversation: row.conversation,
    position: { head, length: length ?? 0, bytes: history_bytes ?? 0 },
    label: row.label ?? undefined,
    cause: row.cause === 'restore' ? 'restore' : 'request',
    createdAt: row.created_at,
    versions: parseVersions(row),
    journalPosition: row.position ?? undefined,
    sizeBytes: row.size_bytes,
  };
}
