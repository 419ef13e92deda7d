-- Never change a migration that was released: add the next one.

-- A process may begin anew many times: the number of its run, the journal record that the run begins with, and the ordinal
-- of the last call before it.
alter table processes add column run integer not null default 1;
alter table processes add column run_position integer not null default 0;
alter table processes add column run_sequence integer not null default 0;
create index journal_records_by_run on journal_records (pid, position) where kind = 'run';
