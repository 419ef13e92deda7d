-- What durable processes do to the outside world, each attempt a row: planned is on disk before anything is dispatched.

create table effects (
  id text not null primary key,
  pid bigint not null,
  tenant text not null,
  agent text not null,
  sequence bigint not null,
  nested text not null,
  attempt bigint not null,
  name text not null,
  target text,
  input text not null,
  idempotent bigint not null,
  idempotency_key text not null,
  state text not null,
  fence bigint not null,
  planned_at bigint not null,
  dispatched_at bigint,
  settled_at bigint,
  result text,
  resolution text
);
create index effects_of_process on effects (pid, sequence);
create index effects_by_state on effects (state);
