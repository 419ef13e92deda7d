-- Never change a migration that was released: add the next one.

-- The process that made a note, where one did.
alter table notes add column pid integer;
create index notes_by_process on notes (pid);

-- What was taken back of a process, and the files that are to follow it, which no transaction can change: they are restored
-- after it, by the next kernel where this one is gone.
create table undos (
  id integer primary key autoincrement,
  pid integer not null,
  tenant text not null,
  checkpoint integer not null,
  agent text not null,
  files text not null,
  at integer not null,
  done_at integer
) strict;
create index undos_open on undos (id) where done_at is null;
