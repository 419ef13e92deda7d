-- Never change a migration that was released: add the next one.

alter table processes add column breaks integer not null default 0;
-- The restart policy as JSON; null for never.
alter table processes add column restart text;
alter table processes add column restarts integer not null default 0;
alter table processes add column restarts_without_progress integer not null default 0;
alter table processes add column furthest_calls bigint not null default 0;
-- The process in whose place it was started.
alter table processes add column replaces bigint;
-- When one that has ended is to be started again.
alter table processes add column restart_at bigint;
create index processes_to_restart on processes (restart_at) where restart_at is not null;
