-- Never change a migration that was released: add the next one.

create table wait_sets (
  pid integer not null,
  call integer not null,
  mode text not null,
  conditions text not null,
  deadline_at integer,
  primary key (pid, call)
) strict, without rowid;
