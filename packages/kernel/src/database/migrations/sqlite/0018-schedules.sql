-- Never change a migration that was released: add the next one.

create table schedules (
  id integer primary key autoincrement,
  tenant text not null,
  owner text not null,
  agent text not null,
  request text not null,
  timing text not null,
  policy text not null,
  caller_budgets text not null,
  next_at integer not null,
  last_at integer,
  last_pid integer,
  last_error text
) strict;
create index schedules_by_time on schedules (next_at);
