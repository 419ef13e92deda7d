// One call of each kind that changes something, for tests that must hold for all of them. A new row of the system-call table
// that changes something needs an entry here: the tests say so.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SyscallChannel, type SyscallName, syscallNames, syscalls } from '@aios/protocol';

/** How to call it, and how to see how often it happened. */
export interface MutatingCall {
  readonly name: SyscallName;
  readonly input: unknown;
  /**
   * SQL that counts what it changed, as `n`, where the databases differ for each; absent where a second time changes nothing,
   * by the nature of the call.
   */
  readonly count?: string | { readonly sqlite: string; readonly postgresql: string };
  /** Whether the code of the process that makes it never hears of it. */
  readonly isLast?: boolean;
  /** Whether it can be refused for what else happens meanwhile. */
  readonly mayFail?: boolean;
}

/** What the calls act on is made by the operator before them. */
export interface Scene {
  readonly home: string;
  readonly operator: SyscallChannel;
}

/** Calls that are refused to every process, whatever its fence. */
const forPeople: readonly SyscallName[] = [
  'effect.resolve',
  'approval.answer',
  'grant.set',
  'grant.delete',
  'kernel.drain',
];

/** The calls of the table by which a process changes the kernel’s own state. */
const mutatingNames: readonly SyscallName[] = syscallNames.filter(
  (name) => syscalls[name].effect === 'write' && !forPeople.includes(name),
);

/** Prepares what the calls act on, and gives one call for each name of the table that changes something. */
export async function mutatingCalls({ home, operator }: Scene): Promise<MutatingCall[]> {
  const folder = join(home, 'root', 'mounted');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'a.txt'), 'a file to be mounted');
  await operator.call('storage.write', { path: '/rolled-back.txt', content: 'first' });
  await operator.call('storage.write', { path: '/rolled-back.txt', content: 'second' });
  const { key } = await operator.call('key.create', { name: 'revoked' });
  const { pid } = await operator.call('process.spawn', { agent: 'caller', input: { calls: [] } });
  await operator.call('process.wait', { pid });
  const { id } = await operator.call('context.checkpoint', { pid });
  // The next one is that which the calls make.
  const checkpoint = id + 1;
  const question = await operator.call('message.send', { to: 'caller', content: 'how?', isQuestion: true });
  await operator.call('message.subscribe', { topic: 'published' });
  const later = { agent: 'caller', everyMs: 86_400_000 };
  const scheduled = await operator.call('schedule.create', later);
  await operator.call('schedule.create', later);
  const on = { kind: 'exit' as const, of: 'nobody' };
  const trigger = await operator.call('trigger.create', { agent: 'caller', on });
  await operator.call('trigger.create', { agent: 'caller', on });
  const calls: { readonly [Name in SyscallName]?: Omit<MutatingCall, 'name'> } = {
    'audit.rotate': { input: { olderThanMs: 86_400_000 } },
    'conversation.put': { input: { id: 'entry', value: 'x' } },
    'conversation.delete': { input: { id: 'entry' } },
    'context.append': {
      input: { messages: [{ role: 'user', content: 'appended' }] },
      count: `select max(length) as n from context_messages join context_conversations on head = id where message like '%appended%'`,
    },
    'context.checkpoint': {
      input: { label: 'checkpointed' },
      count: {
        sqlite: `select seq - ${id} as n from sqlite_sequence where name = 'context_checkpoints'`,
        postgresql: `select last_value - ${id} as n from context_checkpoints_id_seq`,
      },
    },
    'context.restore': { input: { checkpoint } },
    'context.fork': {
      input: { as: 'forked' },
      count: `select count(*) as n from context_conversations where name = 'forked'`,
    },
    'context.delete': { input: { checkpoint } },
    'kernel.refresh': { input: {} },
    'key.create': {
      input: { name: 'created' },
      count: `select count(*) as n from keys where name = 'created'`,
    },
    'key.revoke': { input: { id: key.id } },
    'memory.add': {
      input: { content: 'a note about zebras' },
      count: `select count(*) as n from notes where content = 'a note about zebras'`,
    },
    'process.spawn': {
      input: { agent: 'caller', input: { calls: [{ name: 'kernel.status', input: {} }] } },
      count: `select count(*) as n from processes where parent is not null`,
    },
    // The next process is that which makes the calls; the one after it, its child, which may have ended.
    'process.budget': { input: { pid: pid + 2, budget: { calls: 100 } }, mayFail: true },
    'process.kill': { input: { pid: pid + 2 } },
    'process.signal': {
      input: { pid: pid + 1, signal: 'interrupt', message: 'a message' },
      count: `select count(*) as n from process_signals where message = '"a message"'`,
    },
    'message.send': {
      input: { to: 'nobody-in-particular', content: 'a letter' },
      count: `select count(*) as n from messages where content = '"a letter"'`,
    },
    // The operator has asked it of the agent of the process that makes the calls.
    'message.receive': { input: {} },
    'message.reply': {
      input: { question: question.id, content: 'an answer' },
      count: `select count(*) as n from messages where content = '"an answer"'`,
    },
    'message.publish': {
      input: { topic: 'published', content: 'news' },
      count: `select count(*) as n from messages where topic = 'published'`,
    },
    'message.subscribe': { input: { topic: 'published' } },
    'message.unsubscribe': { input: { topic: 'other' } },
    'blackboard.set': {
      input: { key: 'written', value: 1 },
      count: `select version as n from blackboard where key = 'written'`,
    },
    'blackboard.delete': { input: { key: 'never-there' } },
    'schedule.create': {
      input: { agent: 'caller', input: { calls: [] }, at: '2999-01-01T00:00:00Z' },
      count: `select count(*) - 1 as n from schedules`,
    },
    'schedule.delete': { input: { schedule: scheduled.id } },
    'trigger.create': {
      input: { agent: 'caller', on: { kind: 'exit', of: 'nobody' }, input: { calls: [] } },
      count: `select count(*) - 1 as n from triggers`,
    },
    'trigger.delete': { input: { trigger: trigger.id } },
    'wait.any': { input: { conditions: [{ kind: 'timer', afterMs: 0 }] } },
    'wait.all': { input: { conditions: [{ kind: 'timer', afterMs: 0 }] } },
    'time.sleep': { input: { forMs: 0 } },
    'process.version': {
      input: { change: 'a change' },
      count: `select count(*) as n from journal_records where kind = 'version'`,
    },
    // Of a process that no other one may see: one that it may would do all of this, too.
    'process.fork': { input: { pid }, mayFail: true },
    'process.undo': { input: { pid }, mayFail: true },
    'process.revert': { input: { pid, call: 0 }, mayFail: true },
    'process.continue': { input: { input: { calls: [] } }, isLast: true },
    'process.log': {
      input: { text: 'a line of its own' },
      count: `select count(*) as n from process_logs where text = 'a line of its own'`,
    },
    'storage.mount': { input: { path: '/mounted-again', source: folder } },
    'storage.write': {
      input: { path: '/written.txt', content: 'written' },
      count: `select count(*) as n from file_versions where path = '/written.txt'`,
    },
    'storage.rollback': {
      input: { path: '/rolled-back.txt', version: 1 },
      count: `select count(*) - 2 as n from file_versions where path = '/rolled-back.txt'`,
    },
  };
  return mutatingNames.map((name) => {
    const call = calls[name];
    if (call === undefined)
      throw new Error(`${name} changes something: add a call of it to mutating-calls.ts.`);
    return { name, ...call };
  });
}
