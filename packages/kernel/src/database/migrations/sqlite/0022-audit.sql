-- The audit: entries that are only ever added, a chain for each tenant. What a signed checkpoint says is in a segment file
-- may be removed; nothing else can be, and nothing can be changed.

create table audit_entries (
  tenant text not null,
  sequence integer not null,
  at integer not null,
  user text not null,
  key text,
  pid integer,
  agent text,
  name text not null,
  target text,
  outcome text not null,
  code text,
  attempt integer,
  arguments_sha256 text not null,
  arguments text not null,
  detail text,
  previous_hash text not null,
  hash text not null,
  signature text,
  primary key (tenant, sequence)
) strict, without rowid;

create table audit_checkpoints (
  tenant text not null,
  sequence integer not null,
  hash text not null,
  at integer not null,
  segment text not null,
  segment_sha256 text not null,
  signature text not null,
  primary key (tenant, sequence)
) strict, without rowid;

create trigger audit_entries_are_not_changed before update on audit_entries begin
  select raise(abort, 'entries of the audit cannot be changed');
end;

create trigger audit_entries_are_not_removed before delete on audit_entries
when not exists (
  select 1 from audit_checkpoints where tenant = old.tenant and sequence >= old.sequence
) begin
  select raise(abort, 'entries of the audit cannot be removed before a checkpoint');
end;

create trigger audit_checkpoints_are_not_changed before update on audit_checkpoints begin
  select raise(abort, 'checkpoints of the audit cannot be changed');
end;

create trigger audit_checkpoints_are_not_removed before delete on audit_checkpoints begin
  select raise(abort, 'checkpoints of the audit cannot be removed');
end;
