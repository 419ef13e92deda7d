import type { Generated } from 'kysely';

// The rows of kept conversations, and of what was taken back of processes with them. Columns are as in `tables.ts`.

export interface UndoRow {
  id: Generated<number>;
  pid: number;
  tenant: string;
  checkpoint: number;
  agent: string;
  /** Where each file is to go back to, as JSON. */
  files: string;
  at: number;
  /** When the files had followed. */
  done_at: number | null;
}

export interface ContextMoveRow {
  pid: number;
  /** Of the conversation. */
  name: string;
  /** The record of the journal with which it came to end there. */
  position: number;
  head: number | null;
}

export interface ContextCheckpointRow {
  id: Generated<number>;
  tenant: string;
  user: string;
  pid: number;
  conversation: string;
  head: number | null;
  label: string | null;
  cause: string;
  created_at: number;
  size_bytes: number;
  /** The agent’s newest notes at the time, as JSON. */
  notes: string;
  /** Versions of files by path, as JSON. */
  files: string;
  /** Record of the journal up to which its process had come; null in checkpoints from before. */
  position: number | null;
}

export interface ContextMessageRow {
  id: Generated<number>;
  parent: number | null;
  tenant: string;
  user: string;
  /** Of the message’s text. */
  sha256: string;
  /** Messages from the beginning up to this one. */
  length: number;
  /** Bytes of all of these. */
  history_bytes: number;
  size_bytes: number;
  /** As JSON. */
  message: string;
}

export interface ContextConversationRow {
  pid: number;
  name: string;
  tenant: string;
  user: string;
  /** The last message; null in an empty conversation. */
  head: number | null;
  changed_at: number;
}

export interface ContextUsageRow {
  tenant: string;
  user: string;
  stored_bytes: number;
}

export interface ContextLooseMessageRow {
  message: number;
}
