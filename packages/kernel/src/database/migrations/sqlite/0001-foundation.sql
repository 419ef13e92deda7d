-- Never change a migration that was released: add the next one.

create table processes (
  pid integer primary key autoincrement,
  tenant text not null,
  owner text not null,
  agent text not null,
  entry text not null,
  trusted integer not null,
  parent integer,
  state text not null,
  runtime text not null,
  durable integer not null,
  fence integer not null,
  input text not null,
  output text,
  error text,
  policy text not null,
  budget text not null,
  used_calls integer not null,
  used_tokens integer not null,
  created_at integer not null,
  started_at integer,
  ended_at integer
) strict;
create index processes_of_tenant on processes (tenant, pid);
create index processes_by_state on processes (state);
create index processes_by_parent on processes (parent);

create table process_logs (
  sequence integer primary key autoincrement,
  pid integer not null,
  at integer not null,
  kind text not null,
  text text not null
) strict;
create index process_logs_of_process on process_logs (pid, sequence);

create table journal (
  pid integer not null,
  sequence integer not null,
  name text not null,
  input_hash text not null,
  state text not null,
  result text,
  used_tokens integer not null,
  at integer not null,
  primary key (pid, sequence)
) strict, without rowid;

create table mounts (
  tenant text not null,
  path text not null,
  source text not null,
  read_only integer not null,
  indexed integer not null,
  created_at integer not null,
  primary key (tenant, path)
) strict, without rowid;

create table file_versions (
  tenant text not null,
  path text not null,
  version integer not null,
  sha256 text not null,
  size_bytes integer not null,
  cause text not null,
  author text not null,
  pid integer,
  created_at integer not null,
  primary key (tenant, path, version)
) strict, without rowid;

create table documents (
  id integer primary key,
  tenant text not null,
  collection text not null,
  key text not null,
  fingerprint text not null,
  unique (tenant, collection, key)
) strict;

create table passages (
  id integer primary key,
  document integer not null references documents (id) on delete cascade,
  start_line integer not null,
  end_line integer not null,
  heading text not null,
  text text not null
) strict;
create index passages_of_document on passages (document);

create virtual table passages_index using fts5 (
  heading,
  text,
  content = 'passages',
  content_rowid = 'id',
  tokenize = 'porter unicode61 remove_diacritics 2'
);
create trigger passages_inserted after insert on passages begin
  insert into passages_index (rowid, heading, text) values (new.id, new.heading, new.text);
end;
create trigger passages_deleted after delete on passages begin
  insert into passages_index (passages_index, rowid, heading, text)
  values ('delete', old.id, old.heading, old.text);
end;
create trigger passages_updated after update on passages begin
  insert into passages_index (passages_index, rowid, heading, text)
  values ('delete', old.id, old.heading, old.text);
  insert into passages_index (rowid, heading, text) values (new.id, new.heading, new.text);
end;

create table notes (
  id text primary key,
  tenant text not null,
  user text not null,
  agent text not null,
  content text not null,
  context text not null,
  keywords text not null,
  tags text not null,
  created_at integer not null
) strict, without rowid;
create index notes_of_agent on notes (tenant, user, agent, created_at);
