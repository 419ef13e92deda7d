-- Entries of conversations that outlive a call.

create table conversations (
  tenant text not null,
  "user" text not null,
  holder text not null,
  id text not null,
  previous text,
  size_bytes bigint not null,
  created_at bigint not null,
  expires_at bigint not null,
  value text not null,
  primary key (tenant, "user", holder, id)
);
create index conversations_by_expiry on conversations (expires_at);
create index conversations_by_age on conversations (tenant, "user", created_at, size_bytes);
