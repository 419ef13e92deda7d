-- Conversations of processes: a tree of messages that never change, and what points into it.

-- A row for each user. Whoever changes a user's tree takes it first, so that these changes come one after the other.
create table context_usage (
  tenant text not null,
  user text not null,
  stored_bytes integer not null,
  primary key (tenant, user)
) strict, without rowid;

-- A message in its place, stored once however many conversations go through it. The text stands last, so that it need
-- not be read for the rest.
create table context_messages (
  id integer primary key autoincrement,
  parent integer references context_messages (id),
  tenant text not null,
  user text not null,
  sha256 text not null,
  -- Messages from the beginning up to this one, and their bytes.
  length integer not null,
  history_bytes integer not null,
  size_bytes integer not null,
  message text not null
) strict;
create unique index context_messages_first on context_messages (tenant, user, sha256) where parent is null;
create unique index context_messages_next on context_messages (parent, sha256);

create table context_conversations (
  pid integer not null,
  name text not null,
  tenant text not null,
  user text not null,
  -- The last message; null in an empty conversation.
  head integer references context_messages (id),
  changed_at integer not null,
  primary key (pid, name)
) strict, without rowid;
create index context_conversations_by_head on context_conversations (head);

create table context_checkpoints (
  id integer primary key autoincrement,
  tenant text not null,
  user text not null,
  pid integer not null,
  conversation text not null,
  head integer references context_messages (id),
  label text,
  cause text not null,
  created_at integer not null,
  size_bytes integer not null,
  -- The agent's newest notes, and the versions of the files that the process and its descendants wrote, as JSON.
  notes text not null,
  files text not null
) strict;
create index context_checkpoints_of_process on context_checkpoints (pid, id);
create index context_checkpoints_of_user on context_checkpoints (tenant, user, created_at);
create index context_checkpoints_by_head on context_checkpoints (head);

-- Messages that nothing may lead to any more, for the next sweep to look at.
create table context_loose_messages (
  message integer primary key references context_messages (id) on delete cascade
) strict;

create index file_versions_by_process on file_versions (pid, path, version);
