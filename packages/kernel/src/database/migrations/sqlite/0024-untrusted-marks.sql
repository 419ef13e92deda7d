-- What holds untrusted data, and where that came from. Marks are only ever added.

create table untrusted_marks (
  tenant text not null,
  kind text not null,
  name text not null,
  source text not null,
  marked_at integer not null,
  primary key (tenant, kind, name, source)
) strict, without rowid;
