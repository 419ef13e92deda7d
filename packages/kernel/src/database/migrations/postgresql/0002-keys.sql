-- Keys of programs outside the kernel. The secret itself is nowhere, only its hash.

create table keys (
  id text primary key,
  tenant text not null,
  "user" text not null,
  name text not null,
  secret_hash text not null,
  policy text not null,
  pid bigint,
  budget text,
  aliases text,
  created_at bigint not null,
  expires_at bigint,
  revoked_at bigint
);
create index keys_of_tenant on keys (tenant, created_at);
