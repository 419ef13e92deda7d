// Mailboxes: durable messages between processes and people, questions and replies, topics. A mailbox belongs to a process, to
// the name of an agent, or to a person.

export { mailboxOf } from './address.ts';
export { messageHandlers } from './handlers.ts';
export { MailboxStore } from './mailbox-store.ts';
export { Mailboxes, topicOf } from './mailboxes.ts';
