-- The journal becomes a chain of records that are only ever added: each record's hash covers the one before it. Records
-- from before have no hash; they can only stand at the beginning.

create table journal_records (
  pid integer not null,
  position integer not null,
  kind text not null,
  sequence integer not null,
  nested text not null,
  name text not null,
  target text,
  input_hash text not null,
  fields text not null,
  result text,
  used_tokens integer not null,
  used_nano_usd integer not null,
  at integer not null,
  hash text not null,
  primary key (pid, position)
) strict, without rowid;

insert into journal_records (
  pid, position, kind, sequence, nested, name, target, input_hash, fields, result, used_tokens, used_nano_usd, at, hash)
select
  pid, sequence, case state when 'answered' then 'answer' else 'intent' end, sequence, '', name, null, input_hash, '{}',
  result, used_tokens, used_nano_usd, at, ''
from journal;

drop table journal;
