-- Never change a migration that was released: add the next one.

create table messages (
  id integer primary key autoincrement,
  tenant text not null,
  mailbox text not null,
  sender_mailbox text not null,
  sender_pid integer,
  sender_agent text,
  content text not null,
  topic text,
  is_question integer not null,
  reply_to integer,
  sent_at integer not null,
  received_at integer
) strict;
create index messages_of_mailbox on messages (tenant, mailbox, id);

create table subscriptions (
  tenant text not null,
  topic text not null,
  mailbox text not null,
  primary key (tenant, topic, mailbox)
) strict, without rowid;

create table blackboard (
  tenant text not null,
  key text not null,
  value text not null,
  version integer not null,
  changed_at integer not null,
  primary key (tenant, key)
) strict, without rowid;
