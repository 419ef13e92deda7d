-- Entries of conversations that outlive a call. The value stands last, so that it need not be read for the rest.

create table conversations (
  tenant text not null,
  user text not null,
  holder text not null,
  id text not null,
  previous text,
  size_bytes integer not null,
  created_at integer not null,
  expires_at integer not null,
  value text not null,
  primary key (tenant, user, holder, id)
) strict;
create index conversations_by_expiry on conversations (expires_at);
create index conversations_by_age on conversations (tenant, user, created_at, size_bytes);
