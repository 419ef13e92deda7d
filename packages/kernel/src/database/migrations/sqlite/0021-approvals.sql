-- Calls that wait for a person's word, and what persons decided that agents may do.

create table approvals (
  id integer primary key autoincrement,
  tenant text not null,
  owner text not null,
  pid integer,
  agent text,
  root integer,
  sequence integer,
  nested text,
  key text,
  call text not null,
  target text,
  input text not null,
  hash text not null,
  questions text not null,
  reason text not null,
  state text not null,
  requested_at integer not null,
  expires_at integer not null,
  at_timeout text not null,
  answer text,
  used_at integer,
  used_fence integer,
  used_by text,
  notified_at integer
) strict;
create index approvals_of_process on approvals (pid, sequence);
create index approvals_by_state on approvals (state);

create table grants (
  tenant text not null,
  owner text not null,
  agent text not null,
  pid integer not null,
  permission text not null,
  decision text not null,
  irreversible integer not null,
  decided_at integer not null,
  primary key (tenant, owner, agent, pid, permission)
) strict, without rowid;
create index grants_of_process on grants (pid);
