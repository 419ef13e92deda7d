import type { Shelf } from '../search/index.ts';

/** Whose notes: nobody else ever sees them. */
export interface NoteOwner {
  readonly tenant: string;
  readonly user: string;
  /** Name of the agent, or `user:NAME` for a person or a program outside the kernel. */
  readonly agent: string;
}

export function shelfOf({ tenant }: NoteOwner): Shelf {
  return { tenant, collection: 'note' };
}

/** Path of the text index that all notes of an owner stand below. Names are encoded, for they may hold slashes. */
export function ownerPrefix({ user, agent }: NoteOwner): string {
  return `/${encodeURIComponent(user)}/${encodeURIComponent(agent)}`;
}

export function noteKey(owner: NoteOwner, id: string): string {
  return `${ownerPrefix(owner)}/${id}`;
}
