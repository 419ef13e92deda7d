import type { SyscallName } from '@aios/protocol';

/** Calls that replace, remove or end something, or change who may do what: they are in the audit whoever makes them. */
const destructive: ReadonlySet<SyscallName> = new Set<SyscallName>([
  'audit.rotate',
  'blackboard.delete',
  'context.delete',
  'context.restore',
  'conversation.delete',
  'effect.compensate',
  'effect.resolve',
  'kernel.drain',
  'kernel.refresh',
  'key.create',
  'key.revoke',
  'process.budget',
  'process.kill',
  'process.signal',
  'schedule.delete',
  'trigger.create',
  'trigger.delete',
  'storage.mount',
  'storage.rollback',
  'storage.write',
]);

export function isDestructive(name: SyscallName): boolean {
  return destructive.has(name);
}
