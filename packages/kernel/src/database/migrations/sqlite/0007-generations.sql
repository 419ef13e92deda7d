-- Where generations of durable processes stand, so that they go on after the kernel stopped. The request stands last: it is
-- written once and read once.

create table generations (
  pid integer not null,
  sequence integer not null,
  nested text not null,
  version integer not null,
  updated_at integer not null,
  progress text not null,
  request text not null,
  primary key (pid, sequence, nested)
) strict;
