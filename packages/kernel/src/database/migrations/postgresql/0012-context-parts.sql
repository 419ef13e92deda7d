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

-- How models count whose tokenizers are not published, in comparison with the one by which they are estimated.

create table token_calibrations (
  provider text not null,
  model text not null,
  counted double precision not null,
  reported double precision not null,
  ratio double precision not null,
  primary key (provider, model)
);
