-- The journal becomes a chain of records that are only ever added: each record's hash covers the one before it. Records
-- from before have no hash; they can only stand at the beginning.

create table journal_records (
  pid bigint not null,
  position bigint not null,
  kind text not null,
  sequence bigint not null,
  nested text not null,
  name text not null,
  target text,
  input_hash text not null,
  fields text not null,
  result text,
  used_tokens bigint not null,
  used_nano_usd bigint not null,
  at bigint not null,
  hash text not null,
  primary key (pid, position)
);

insert into journal_records (
  pid, position, kind, sequence, nested, name, target, input_hash, fields, result, used_tokens, used_nano_usd, at, hash)
select
  pid, sequence, case state when 'answered' then 'answer' else 'intent' end, sequence, '', name, null, input_hash, '{}',
  result, used_tokens, used_nano_usd, at, ''
from journal;

drop table journal;
