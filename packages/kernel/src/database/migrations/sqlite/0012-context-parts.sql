-- What was taken out of conversations that were too long for a window. The text stands last, so that it need not be read for
-- the rest.

create table context_parts (
  tenant text not null,
  user text not null,
  holder text not null,
  kind text not null,
  id text not null,
  tool_name text not null,
  size_bytes integer not null,
  created_at integer not null,
  expires_at integer not null,
  text text not null,
  primary key (tenant, user, holder, kind, id)
) strict;
create index context_parts_by_expiry on context_parts (expires_at);
create index context_parts_by_age on context_parts (tenant, user, created_at, size_bytes);

-- How models count whose tokenizers are not published, in comparison with the one by which they are estimated.

create table token_calibrations (
  provider text not null,
  model text not null,
  counted real not null,
  reported real not null,
  ratio real not null,
  primary key (provider, model)
) strict;
