import { createHash } from 'node:crypto';
import type { SyscallInput, SyscallName, SyscallOutput } from '@aios/protocol';

/** Something that can hold untrusted data, and be marked for it. */
export interface Subject {
  readonly kind: 'process' | 'content' | 'path' | 'note' | 'entry' | 'conversation';
  readonly name: string;
}

/** What of a call moves data, so that marks move with it. */
interface Flow<Name extends SyscallName> {
  /** What the caller reads, where that is known before the call runs and may be told while it does. */
  readonly reading?: (input: SyscallInput<Name>) => readonly Subject[];
  /** What the caller has read, once it is answered. */
  readonly read?: (output: SyscallOutput<Name>, input: SyscallInput<Name>) => readonly Subject[];
  /** What the call is to write, known before anybody can see it. */
  readonly writing?: (input: SyscallInput<Name>) => readonly Subject[];
  /** What it has written, known in the transaction that makes the change. */
  readonly wrote?: (output: SyscallOutput<Name>, input: SyscallInput<Name>) => readonly Subject[];
  /** Whether it hands what the caller has read to somebody who is not marked for it, so that a person is asked. */
  readonly isSink?: true;
  /** Whether it changes what the caller is given when it begins anew. */
  readonly isOwnInput?: true;
}

const ofProcess = (pid: number): Subject => ({ kind: 'process', name: String(pid) });
const ofProcesses = (pids: readonly (number | undefined)[]) =>
  pids.filter((pid) => pid !== undefined).map(ofProcess);
const ofPath = (path: string): Subject => ({ kind: 'path', name: path });
const ofEntry = (key: string, version: number): Subject => ({ kind: 'entry', name: `${version} ${key}` });
/** The same bytes are as untrusted wherever they are copied to, rolled back or written anew. Empty files say nothing. */
const ofContent = (sha256: string): Subject[] =>
  sha256 === emptySha256 ? [] : [{ kind: 'content', name: sha256 }];

function sha256Of(content: string, encoding: 'utf8' | 'base64'): string {
  return createHash('sha256').update(Buffer.from(content, encoding)).digest('hex');
}

const emptySha256 = sha256Of('', 'utf8');

/** Who sent a message: what is in it comes from all that its sender has read. */
interface Sent {
  readonly from?: { readonly pid?: number | undefined } | undefined;
}

interface Waited {
  readonly kind: string;
  readonly value: unknown;
}

/** The processes whose words are in the result of a wait. */
function waitedFor({ kind, value }: Waited): Subject[] {
  if (typeof value !== 'object' || value === null) return [];
  const { pid, sender, from } = value as { pid?: unknown; sender?: unknown; from?: { pid?: unknown } };
  const found = kind === 'message' ? from?.pid : (sender ?? pid);
  return typeof found === 'number' ? [ofProcess(found)] : [];
}

/** The calls that move data between what can be marked. A call that is not here moves none, or only the caller’s own. */
export const flows: { readonly [Name in SyscallName]?: Flow<Name> } = {
  'storage.read': { read: ({ sha256 }) => ofContent(sha256) },
  'storage.list': { read: ({ entries }) => entries.map(({ path }) => ofPath(path)) },
  'storage.search': { read: ({ matches }) => matches.map(({ path }) => ofPath(path)) },
  'storage.versions': { read: (_output, { path }) => [ofPath(path)] },
  'storage.write': {
    writing: ({ path, content, encoding }) => [ofPath(path), ...ofContent(sha256Of(content, encoding))],
  },
  'memory.search': { read: ({ notes }) => notes.map(({ id }) => ({ kind: 'note', name: id })) },
  'memory.add': { wrote: ({ id }) => [{ kind: 'note', name: id }] },
  'blackboard.get': { read: ({ version }, { key }) => [ofEntry(key, version)] },
  'blackboard.set': { wrote: ({ version }, { key }) => [ofEntry(key, version)] },
  'conversation.get': { read: (_output, { id }) => [{ kind: 'conversation', name: id }] },
  'conversation.put': { writing: ({ id }) => [{ kind: 'conversation', name: id }] },
  'message.receive': { read: (message) => ofProcesses([(message as Sent).from?.pid]) },
  'wait.any': { read: waitedFor },
  'wait.all': { read: ({ results }) => results.flatMap(waitedFor) },
  'process.spawn': { wrote: ({ pid }) => [ofProcess(pid)] },
  'process.signal': { writing: ({ pid }) => [ofProcess(pid)] },
  'process.continue': { isOwnInput: true },
  'process.wait': { read: ({ pid }) => [ofProcess(pid)] },
  'process.get': { read: ({ pid }) => [ofProcess(pid)] },
  'process.list': { read: ({ processes }) => processes.map(({ pid }) => ofProcess(pid)) },
  'process.logs': { reading: ({ pid }) => [ofProcess(pid)] },
  'effect.list': { read: ({ effects }) => effects.map(({ pid }) => ofProcess(pid)) },
  'effect.get': { read: ({ pid }) => [ofProcess(pid)] },
  'context.append': { writing: ({ pid }) => ofProcesses([pid]) },
  'context.read': { read: ({ pid }) => [ofProcess(pid)] },
  'context.restore': { read: ({ pid }) => [ofProcess(pid)] },
  'context.list': { reading: ({ pid }) => ofProcesses([pid]) },
  'context.fork': { reading: ({ pid }) => ofProcesses([pid]), wrote: ({ pid }) => ofProcesses([pid]) },
  'schedule.create': { isSink: true },
  'key.create': { isSink: true },
};
