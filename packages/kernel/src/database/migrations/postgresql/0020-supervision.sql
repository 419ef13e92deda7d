-- Never change a migration that was released: add the next one.

alter table processes add column breaks integer not null default 0;
