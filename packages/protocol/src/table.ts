import type { z } from 'zod';
import { approvalCalls } from './calls/approval.ts';
import { auditCalls } from './calls/audit.ts';
import { blackboardCalls } from './calls/blackboard.ts';
import { contextCalls } from './calls/context.ts';
import { conversationCalls } from './calls/conversation.ts';
import { effectCalls } from './calls/effect.ts';
import { forwardCalls } from './calls/forward.ts';
import { grantCalls } from './calls/grant.ts';
import { kernelCalls } from './calls/kernel.ts';
import { keyCalls } from './calls/key.ts';
import { llmCalls } from './calls/llm.ts';
import { memoryCalls } from './calls/memory.ts';
import { messageCalls } from './calls/message.ts';
import { processCalls } from './calls/process.ts';
import { quotaCalls } from './calls/quota.ts';
import { scheduleCalls } from './calls/schedules.ts';
import { storageCalls } from './calls/storage.ts';
import { toolCalls } from './calls/tool.ts';
import { triggerCalls } from './calls/trigger.ts';
import { waitCalls } from './calls/wait.ts';
import { windowCalls } from './calls/window.ts';

/** Every system call. HTTP routes, frames, OpenAPI, the SDK client and the documentation are derived from it. */
export const syscalls = {
  ...llmCalls,
  ...forwardCalls,
  ...storageCalls,
  ...memoryCalls,
  ...conversationCalls,
  ...contextCalls,
  ...windowCalls,
  ...toolCalls,
  ...processCalls,
  ...effectCalls,
  ...waitCalls,
  ...messageCalls,
  ...blackboardCalls,
  ...scheduleCalls,
  ...triggerCalls,
  ...quotaCalls,
  ...approvalCalls,
  ...grantCalls,
  ...keyCalls,
  ...auditCalls,
  ...kernelCalls,
} as const;

type Table = typeof syscalls;

export type SyscallName = keyof Table;
/** What a caller writes: fields with a default may be left out. */
export type SyscallRequest<Name extends SyscallName> = z.input<Table[Name]['input']>;
/** What the kernel works with: validated, defaults filled in. */
export type SyscallInput<Name extends SyscallName> = z.output<Table[Name]['input']>;
export type SyscallOutput<Name extends SyscallName> = z.output<Table[Name]['output']>;
/** A partial result of a call that streams; `never` for one that does not. */
export type SyscallChunk<Name extends SyscallName> = z.output<NonNullable<Table[Name]['chunk']>>;

export const syscallNames = Object.keys(syscalls) as SyscallName[];

export function isSyscallName(name: string): name is SyscallName {
  return Object.hasOwn(syscalls, name);
}
