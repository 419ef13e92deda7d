-- What durable processes do to the outside world, each attempt a row: planned is on disk before anything is dispatched.

create table effects (
  id text not null primary key,
  pid integer not null,
  tenant text not null,
  agent text not null,
  sequence integer not null,
  nested text not null,
  attempt integer not null,
  name text not null,
  target text,
  input text not null,
  idempotent integer not null,
  idempotency_key text not null,
  state text not null,
  fence integer not null,
  planned_at integer not null,
  dispatched_at integer,
  settled_at integer,
  result text,
  resolution text
) strict, without rowid;
create index effects_of_process on effects (pid, sequence);
create index effects_by_state on effects (state);
