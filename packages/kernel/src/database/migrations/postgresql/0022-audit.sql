-- The audit: entries that are only ever added, a chain for each tenant. What a signed checkpoint says is in a segment file
-- may be removed; nothing else can be, and nothing can be changed.

create table audit_entries (
  tenant text not null,
  sequence bigint not null,
  at bigint not null,
  "user" text not null,
  key text,
  pid bigint,
  agent text,
  name text not null,
  target text,
  outcome text not null,
  code text,
  attempt bigint,
  arguments_sha256 text not null,
  arguments text not null,
  detail text,
  previous_hash text not null,
  hash text not null,
  signature text,
  primary key (tenant, sequence)
);

create table audit_checkpoints (
  tenant text not null,
  sequence bigint not null,
  hash text not null,
  at bigint not null,
  segment text not null,
  segment_sha256 text not null,
  signature text not null,
  primary key (tenant, sequence)
);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'entries of the audit cannot be changed';
end $$;

create function refuse_audit_removal() returns trigger language plpgsql as $$
begin
  if not exists (
    select 1 from audit_checkpoints where tenant = old.tenant and sequence >= old.sequence
  ) then
    raise exception 'entries of the audit cannot be removed before a checkpoint';
  end if;
  return old;
end $$;

create trigger audit_entries_are_not_changed before update on audit_entries
for each row execute function refuse_audit_change();
create trigger audit_entries_are_not_removed before delete on audit_entries
for each row execute function refuse_audit_removal();
create trigger audit_entries_are_not_truncated before truncate on audit_entries
for each statement execute function refuse_audit_change();
create trigger audit_checkpoints_are_not_changed before update or delete on audit_checkpoints
for each row execute function refuse_audit_change();
create trigger audit_checkpoints_are_not_truncated before truncate on audit_checkpoints
for each statement execute function refuse_audit_change();
