-- Never change a migration that was released: add the next one.

alter table processes add column process_group integer;
alter table processes add column exit text;
update processes set exit = case state when 'succeeded' then 'success' else state end
  where state in ('succeeded', 'failed', 'killed', 'lost');
create index processes_by_group on processes (process_group);

create table process_signals (
  id integer primary key autoincrement,
  pid integer not null,
  signal text not null,
  message text not null,
  sender integer,
  sent_at integer not null,
  heard_at integer
) strict;
create index process_signals_of_process on process_signals (pid, id);
