-- Never change a migration that was released: add the next one.

create table wait_sets (
  pid bigint not null,
  call bigint not null,
  mode text not null,
  conditions text not null,
  deadline_at bigint,
  primary key (pid, call)
);
