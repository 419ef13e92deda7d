-- Never change a migration that was released: add the next one.

-- Where each conversation of a process ended after a record of its journal, so that it can be taken back with the process. The
-- messages are not kept for it: what nothing else leads to is removed as ever.
create table context_moves (
  pid bigint not null,
  name text not null,
  position bigint not null,
  head bigint,
  primary key (pid, name, position)
);

-- Up to which record of the journal a process had come at a checkpoint.
alter table context_checkpoints add column position bigint;
