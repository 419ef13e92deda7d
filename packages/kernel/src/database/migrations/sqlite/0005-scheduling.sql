-- What the scheduler learned about agents, and where processes stand in its queues.

create table learned_work (
  resource text not null,
  agent text not null,
  sizes text not null,
  updated_at integer not null,
  primary key (resource, agent)
) strict, without rowid;

alter table processes add column class text not null default 'pipeline';
alter table processes add column priority integer not null default 0;
