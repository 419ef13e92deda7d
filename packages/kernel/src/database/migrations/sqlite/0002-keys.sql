-- Keys of programs outside the kernel. The secret itself is nowhere, only its hash.

create table keys (
  id text primary key,
  tenant text not null,
  user text not null,
  name text not null,
  secret_hash text not null,
  policy text not null,
  pid integer,
  budget text,
  aliases text,
  created_at integer not null,
  expires_at integer,
  revoked_at integer
) strict, without rowid;
create index keys_of_tenant on keys (tenant, created_at);
