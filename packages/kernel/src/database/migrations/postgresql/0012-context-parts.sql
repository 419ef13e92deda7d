-- What was taken out of conversations that were too long for a window.

create table context_parts (
  tenant text not null,
  "user" text not null,
  holder text not null,
  kind text not null,
  id text not null,
  tool_name text not null,
  size_bytes bigint not null,
  created_at bigint not null,
  expires_at bigint not null,
  text text not null,
  primary key (tenant, "user", holder, kind, id)
);
create index context_parts_by_expiry on context_parts (expires_at);
create index context_parts_by_age on context_parts (tenant, "user", created_at, size_bytes);
