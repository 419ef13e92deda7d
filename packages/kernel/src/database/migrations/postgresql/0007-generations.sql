-- Where generations of durable processes stand, so that they go on after the kernel stopped.

create table generations (
  pid bigint not null,
  sequence bigint not null,
  nested text not null,
  version integer not null,
  updated_at bigint not null,
  progress text not null,
  request text not null,
  primary key (pid, sequence, nested)
);
