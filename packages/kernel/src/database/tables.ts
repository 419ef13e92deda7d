import type { Generated, Transaction } from 'kysely';
import type {
  ContextCheckpointRow,
  ContextConversationRow,
  ContextLooseMessageRow,
  ContextMessageRow,
  ContextMoveRow,
  ContextUsageRow,
  UndoRow,
} from './context-tables.ts';

// Columns are of types that SQLite and PostgreSQL share: times are milliseconds since 1970, flags 0 or 1, JSON is text.

interface ProcessRow {
  pid: Generated<number>;
  tenant: string;
  owner: string;
  agent: string;
  /** URL of the agent’s file. */
  entry: string;
  trusted: number;
  parent: number | null;
  state: string;
  runtime: string;
  durable: number;
  fence: number;
  input: string;
  output: string | null;
  error: string | null;
  /** Layers of permissions, as JSON. */
  policy: string;
  budget: string;
  /** Budgets that came with whoever started it, as JSON. */
  caller_budgets: string;
  used_calls: number;
  used_tokens: number;
  used_nano_usd: number;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  class: string;
  priority: number;
  /** Pid of the process that its group began with; itself when null. */
  process_group: number | null;
  /** How it ended: success, needs_input, failed, budget_exceeded, killed or lost. */
  exit: string | null;
  /** How often its code has begun anew, and once more. */
  run: Generated<number>;
  /** Position of the journal record that its run begins with; 0 in its first. */
  run_position: Generated<number>;
  /** Ordinal of its last call before the run. */
  run_sequence: Generated<number>;
  /** How often it broke the runtime that it ran on. */
  breaks: Generated<number>;
  /** The restart policy, as JSON; null for never. */
  restart: Generated<string | null>;
  restarts: Generated<number>;
  restarts_without_progress: Generated<number>;
  /** Answered calls of the run that got furthest. */
  furthest_calls: Generated<number>;
  /** The process in whose place it was started. */
  replaces: Generated<number | null>;
  /** When one that has ended is to be started again. */
  restart_at: Generated<number | null>;
}

interface TriggerRow {
  id: Generated<number>;
  tenant: string;
  owner: string;
  /** The name of the agent, as its mailbox has it. */
  agent: string;
  /** What it waits for, as JSON. */
  source: string;
  deliver: string;
  /** What the agent is started with, as JSON. */
  request: string;
  policy: string;
  caller_budgets: string;
  max_per_minute: number;
  /** The mail that was there when it last started its agent, as JSON. */
  seen_mail: string | null;
  last_at: number | null;
  last_pid: number | null;
  last_error: string | null;
}

interface TriggerEventRow {
  trigger_id: number;
  /** Names the event among those of the trigger, so that a repeat is known. */
  delivery: string;
  /** As JSON. */
  event: string;
  at: number;
  done_at: number | null;
}

interface TriggerFileRow {
  trigger_id: number;
  path: string;
  look: string;
}

interface ServiceRow {
  name: string;
  /** The process that was started for it last. */
  pid: number;
}

interface MessageRow {
  id: Generated<number>;
  tenant: string;
  /** `agent NAME`, `process PID` or `user NAME`. */
  mailbox: string;
  /** Where a reply goes. */
  sender_mailbox: string;
  sender_pid: number | null;
  sender_agent: string | null;
  /** As JSON. */
  content: string;
  topic: string | null;
  is_question: number;
  reply_to: number | null;
  sent_at: number;
  /** Of a question that waits for its reply; others are removed when they are received. */
  received_at: number | null;
}

interface SubscriptionRow {
  tenant: string;
  topic: string;
  mailbox: string;
}

interface BlackboardRow {
  tenant: string;
  key: string;
  /** As JSON. */
  value: string;
  version: number;
  changed_at: number;
}

interface ScheduleRow {
  id: Generated<number>;
  tenant: string;
  owner: string;
  agent: string;
  /** What the agent is started with, as JSON. */
  request: string;
  /** As JSON. */
  timing: string;
  /** Layers of permissions of its creator, as JSON. */
  policy: string;
  caller_budgets: string;
  next_at: number;
  last_at: number | null;
  last_pid: number | null;
  last_error: string | null;
}

interface WaitSetRow {
  pid: number;
  /** Ordinal of the call that waits. */
  call: number;
  mode: string;
  /** As JSON, with their times fixed. */
  conditions: string;
  deadline_at: number | null;
}

interface ProcessSignalRow {
  id: Generated<number>;
  pid: number;
  signal: string;
  /** As JSON. */
  message: string;
  sender: number | null;
  sent_at: number;
  /** Ordinal of the call before which the agent heard of it. */
  heard_at: number | null;
}

interface ProcessLogRow {
  sequence: Generated<number>;
  pid: number;
  at: number;
  kind: string;
  text: string;
}

interface JournalRecordRow {
  pid: number;
  /** In the order in which they were written, from 1. */
  position: number;
  /** intent: about to be dispatched; answer: output or error follow; run: the process began anew; revert: it was taken back to an earlier record. */
  kind: string;
  sequence: number;
  /** Ordinals of a call inside a call; empty for the agent’s own. */
  nested: string;
  name: string;
  target: string | null;
  input_hash: string;
  /** Hashes of the input’s fields, as JSON. */
  fields: string;
  /** Output or error, as JSON. */
  result: string | null;
  used_tokens: number;
  used_nano_usd: number;
  at: number;
  /** Of this record and the one before it. */
  hash: string;
}

interface EffectRow {
  /** Of the attempt: pid, place of the call and number of the attempt. */
  id: string;
  pid: number;
  tenant: string;
  agent: string;
  sequence: number;
  nested: string;
  attempt: number;
  /** Of the system call. */
  name: string;
  target: string | null;
  /** As JSON. */
  input: string;
  idempotent: number;
  /** What the outside world is told, so that it can know a repeat; the same for all attempts of a call. */
  idempotency_key: string;
  state: string;
  fence: number;
  planned_at: number;
  dispatched_at: number | null;
  settled_at: number | null;
  /** Output or error, as JSON. */
  result: string | null;
  /** How it left `unknown`, as JSON. */
  resolution: string | null;
}

interface MountRow {
  tenant: string;
  path: string;
  source: string;
  read_only: number;
  indexed: number;
  created_at: number;
}

interface FileVersionRow {
  tenant: string;
  path: string;
  version: number;
  sha256: string;
  size_bytes: number;
  cause: string;
  author: string;
  pid: number | null;
  created_at: number;
}

interface DocumentRow {
  id: Generated<number>;
  tenant: string;
  /** What kind of thing is indexed: `file` or `note`. */
  collection: string;
  /** Path or id of the thing within its collection. */
  key: string;
  /** Changes when the thing changes, so that an unchanged one is not indexed again. */
  fingerprint: string;
}

interface PassageRow {
  id: Generated<number>;
  document: number;
  start_line: number;
  end_line: number;
  heading: string;
  text: string;
}

interface NoteRow {
  id: string;
  tenant: string;
  user: string;
  agent: string;
  content: string;
  context: string;
  keywords: string;
  tags: string;
  created_at: number;
  /** The process that made it. */
  pid: number | null;
}

interface QuotaUsageRow {
  scope: string;
  tenant: string;
  /** Pid, agent, user, tenant or key. */
  name: string;
  /** Window: minute, day or total. */
  period: string;
  /** Start of the window that the amounts belong to. */
  started_at: number;
  calls: number;
  tokens: number;
  nano_usd: number;
}

interface KeyRow {
  id: string;
  tenant: string;
  user: string;
  name: string;
  /** SHA-256 of the token, in hexadecimal. */
  secret_hash: string;
  /** Layers of permissions, as JSON. */
  policy: string;
  pid: number | null;
  /** As JSON, as are the aliases. */
  budget: string | null;
  aliases: string | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

interface ConversationRow {
  tenant: string;
  user: string;
  /** `process:PID` or `key:ID` of those who alone see it; empty for the user outside both. */
  holder: string;
  id: string;
  previous: string | null;
  size_bytes: number;
  created_at: number;
  expires_at: number;
  /** As JSON. */
  value: string;
}

interface ContextPartRow {
  tenant: string;
  user: string;
  /** As of conversations. */
  holder: string;
  /** What it is: `page` or `summary`. */
  kind: string;
  id: string;
  /** Of a page; empty for a summary. */
  tool_name: string;
  size_bytes: number;
  created_at: number;
  expires_at: number;
  text: string;
}

interface TokenCalibrationRow {
  provider: string;
  /** Under the provider’s own name. */
  model: string;
  counted: number;
  reported: number;
  ratio: number;
}

interface LearnedWorkRow {
  /** What the queues have slots of, such as `core`. */
  resource: string;
  agent: string;
  /** Work of finished programs, the oldest first, as JSON. */
  sizes: string;
  updated_at: number;
}

/** A generation under way, for a call of a durable process. */
interface GenerationRow {
  pid: number;
  /** Place of the call in its process, as in the journal. */
  sequence: number;
  nested: string;
  /** Of the two that follow, as JSON. */
  version: number;
  updated_at: number;
  progress: string;
  request: string;
}

interface UntrustedMarkRow {
  tenant: string;
  /** process, content, path, note, entry, conversation; of a process also input and link. */
  kind: string;
  name: string;
  /** Where the untrusted data came from, such as a tool or a page. */
  source: string;
  marked_at: number;
}

interface ApprovalRow {
  id: Generated<number>;
  tenant: string;
  owner: string;
  pid: number | null;
  agent: string | null;
  /** Process that its tree began with. */
  root: number | null;
  /** Place of the call in its process, as in the journal. */
  sequence: number | null;
  nested: string | null;
  /** Of the key that asks, where no process does. */
  key: string | null;
  call: string;
  target: string | null;
  /** As JSON. */
  input: string;
  /** Of call and input. */
  hash: string;
  /** Questions that are asked, as JSON. */
  questions: string;
  reason: string;
  state: string;
  requested_at: number;
  expires_at: number;
  at_timeout: string;
  /** As JSON. */
  answer: string | null;
  used_at: number | null;
  used_fence: number | null;
  /** Which call of which kernel used it. */
  used_by: string | null;
  /** When the webhook took it. */
  notified_at: number | null;
}

interface GrantRow {
  tenant: string;
  owner: string;
  agent: string;
  /** Process that its tree began with, for which the decision holds; 0: always. */
  pid: number;
  permission: string;
  decision: string;
  irreversible: number;
  decided_at: number;
}

interface AuditEntryRow {
  tenant: string;
  /** From 1, without gaps, for each tenant. */
  sequence: number;
  at: number;
  user: string;
  /** Id of the key that the call was made with. */
  key: string | null;
  pid: number | null;
  agent: string | null;
  name: string;
  target: string | null;
  /** attempted, ok, error or denied. */
  outcome: string;
  /** Of the error. */
  code: string | null;
  /** The entry that says that the call was begun. */
  attempt: number | null;
  arguments_sha256: string;
  /** Without secrets and bodies, as JSON. */
  arguments: string;
  detail: string | null;
  /** Of the entry before; empty for the first. */
  previous_hash: string;
  hash: string;
  /** Of the chain up to here; of the last entry of each transaction. */
  signature: string | null;
}

interface AuditCheckpointRow {
  tenant: string;
  /** Last entry that is in the segment and may be removed. */
  sequence: number;
  hash: string;
  at: number;
  /** Name of the file. */
  segment: string;
  segment_sha256: string;
  signature: string;
}

export interface Tables {
  untrusted_marks: UntrustedMarkRow;
  approvals: ApprovalRow;
  grants: GrantRow;
  audit_entries: AuditEntryRow;
  audit_checkpoints: AuditCheckpointRow;
  generations: GenerationRow;
  learned_work: LearnedWorkRow;
  quota_usage: QuotaUsageRow;
  processes: ProcessRow;
  process_logs: ProcessLogRow;
  process_signals: ProcessSignalRow;
  schedules: ScheduleRow;
  wait_sets: WaitSetRow;
  messages: MessageRow;
  subscriptions: SubscriptionRow;
  blackboard: BlackboardRow;
  journal_records: JournalRecordRow;
  effects: EffectRow;
  mounts: MountRow;
  file_versions: FileVersionRow;
  documents: DocumentRow;
  passages: PassageRow;
  notes: NoteRow;
  conversations: ConversationRow;
  context_usage: ContextUsageRow;
  context_messages: ContextMessageRow;
  context_conversations: ContextConversationRow;
  context_checkpoints: ContextCheckpointRow;
  context_loose_messages: ContextLooseMessageRow;
  context_moves: ContextMoveRow;
  undos: UndoRow;
  context_parts: ContextPartRow;
  token_calibrations: TokenCalibrationRow;
  keys: KeyRow;
  services: ServiceRow;
  triggers: TriggerRow;
  trigger_events: TriggerEventRow;
  trigger_files: TriggerFileRow;
}

declare module '../syscall/commit.ts' {
  interface CommitTransaction extends Transaction<Tables> {}
}
