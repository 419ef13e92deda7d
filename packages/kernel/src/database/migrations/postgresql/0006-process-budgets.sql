-- Never change a migration that was released: add the next one.

-- Budgets that came with whoever started the process, such as that of a key, as JSON.
alter table processes add column caller_budgets text not null default '[]';
