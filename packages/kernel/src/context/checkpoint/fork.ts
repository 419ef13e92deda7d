import { AiosError, type Pid, type SyscallInput, type SyscallOutput } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { Caller, SyscallContext } from '../../syscall/index.ts';
import { type ForkPoint, fork, type Terms } from './changes.ts';
import { describeConversation } from './conversations.ts';
import type { FindProcess } from './owner.ts';

type ForkInput = SyscallInput<'context.fork'>;
type Forked = SyscallOutput<'context.fork'>;

/** What conversations need of processes. */
export interface ContextProcesses {
  readonly find: FindProcess;
  /** Starts a process. What is done alongside is in the transaction that puts the process on record. */
  spawn<Result>(
    caller: Caller,
    request: SyscallInput<'process.spawn'>,
    alongside: (transaction: Transaction<Tables>, pid: Pid) => Promise<Result>,
  ): Promise<Result>;
}

interface ForkOptions {
  readonly database: Database;
  readonly processes: () => ContextProcesses;
  readonly terms: () => Terms;
}

/** The conversation of a new process begins with it. */
const conversationOfProcess = 'main';

/** A second future of a conversation: in the same process or as a new one. */
export async function forkFrom(
  point: ForkPoint,
  { as, spawn }: ForkInput,
  context: Pick<SyscallContext<'context.fork'>, 'caller' | 'authorise'>,
  options: ForkOptions,
): Promise<Forked> {
  if (spawn !== undefined && as === undefined) return await forkProcess(point, spawn, context, options);
  if (as === undefined || spawn !== undefined) {
    throw new AiosError(
      'invalid_argument',
      'Give either `as`, the name of another conversation of the process, or `spawn`, for a new process.',
    );
  }
  const to = { holder: point.from, conversation: as };
  return await options.database.write(async (transaction) =>
    describeConversation(point.from, as, await fork(transaction, point, to, options.terms())),
  );
}

async function forkProcess(
  point: ForkPoint,
  wish: NonNullable<ForkInput['spawn']>,
  { caller, authorise }: Pick<SyscallContext<'context.fork'>, 'caller' | 'authorise'>,
  { processes, terms }: ForkOptions,
): Promise<Forked> {
  const { find, spawn } = processes();
  const forked = await find(caller, point.from.pid);
  const request = { ...wish, agent: wish.agent ?? forked.agent, input: wish.input ?? forked.input };
  authorise('process.spawn', request.agent);
  return await spawn(caller, request, async (transaction, pid) => {
    const holder = { tenant: point.from.tenant, user: point.from.user, pid };
    const to = { holder, conversation: conversationOfProcess };
    return describeConversation(holder, conversationOfProcess, await fork(transaction, point, to, terms()));
  });
}
