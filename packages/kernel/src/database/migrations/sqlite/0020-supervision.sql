-- Never change a migration that was released: add the next one.

alter table processes add column breaks integer not null default 0;
-- The restart policy as JSON; null for never.
alter table processes add column restart text;
alter table processes add column restarts integer not null default 0;
alter table processes add column restarts_without_progress integer not null default 0;
alter table processes add column furthest_calls integer not null default 0;
-- The process in whose place it was started.
alter table processes add column replaces integer;
-- When one that has ended is to be started again.
alter table processes add column restart_at integer;
create index processes_to_restart on processes (restart_at) where restart_at is not null;

create table triggers (
  id integer primary key autoincrement,
  tenant text not null,
  owner text not null,
  -- The name of the agent, as its mailbox has it.
  agent text not null,
  source text not null,
  deliver text not null,
  request text not null,
  policy text not null,
  caller_budgets text not null,
  max_per_minute integer not null,
  -- The mail that was there when it last started its agent, as JSON.
  seen_mail text,
  last_at integer,
  last_pid integer,
  last_error text
) strict;

-- What has happened and is delivered once; kept for a while afterwards, so that a repeat is known.
create table trigger_events (
  trigger_id integer not null references triggers (id) on delete cascade,
  delivery text not null,
  event text not null,
  at integer not null,
  done_at integer,
  primary key (trigger_id, delivery)
) strict;
create index trigger_events_to_deliver on trigger_events (trigger_id, at) where done_at is null;

-- The files that a trigger knows, and how they looked.
create table trigger_files (
  trigger_id integer not null references triggers (id) on delete cascade,
  path text not null,
  look text not null,
  primary key (trigger_id, path)
) strict;

-- The process that was started last for each service of the configuration.
create table services (
  name text primary key,
  pid integer not null
) strict;
