-- Never change a migration that was released: add the next one.

alter table processes add column used_nano_usd bigint not null default 0;
alter table journal add column used_nano_usd bigint not null default 0;

-- What was used of quotas, a row per scope and window: never less than was used, a little more while the kernel runs.
create table quota_usage (
  scope text not null,
  tenant text not null,
  name text not null,
  period text not null,
  started_at bigint not null,
  calls bigint not null,
  tokens bigint not null,
  nano_usd bigint not null,
  primary key (scope, tenant, name, period)
);
