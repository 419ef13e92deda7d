import { AiosError, type Pid, type SyscallInput, type SyscallOutput } from '@aios/protocol';
import type { Caller, CommitTransaction, SyscallContext } from '../../syscall/index.ts';
import { type ForkPoint, fork, type Terms } from './changes.ts';
import { describeConversation } from './conversations.ts';
import type { FindProcess } from './owner.ts';

type ForkInput = SyscallInput<'context.fork'>;
type Forked = SyscallOutput<'context.fork'>;

type SpawnWish = NonNullable<ForkInput['spawn']>;

/** What conversations need of processes. */
export interface ContextProcesses {
  readonly find: FindProcess;
  /**
   * Starts a process like another one, where the wish does not say otherwise. `commit` puts it on record with its job, and
   * whatever is to be there exactly if the process is.
   */
  spawnLike(
    caller: Caller,
    pid: Pid,
    wish: SpawnWish,
    commit: (job: (transaction: CommitTransaction) => Promise<{ pid: Pid }>) => Promise<Forked>,
  ): Promise<Forked>;
}

interface ForkOptions {
  readonly processes: () => ContextProcesses;
  readonly terms: () => Terms;
}

type ForkContext = Pick<SyscallContext<'context.fork'>, 'caller' | 'authorise' | 'commit'>;

/** The conversation of a new process begins with it. */
const conversationOfProcess = 'main';

/** A second future of a conversation: in the same process or as a new one. */
export async function forkFrom(
  point: ForkPoint,
  { as, spawn }: ForkInput,
  context: ForkContext,
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
  return await context.commit(async (transaction) =>
    describeConversation(point.from, as, await fork(transaction, point, to, options.terms())),
  );
}

async function forkProcess(
  point: ForkPoint,
  wish: SpawnWish,
  { caller, authorise, commit }: ForkContext,
  { processes, terms }: ForkOptions,
): Promise<Forked> {
  const { find, spawnLike } = processes();
  const { tenant, user, pid } = point.from;
  await authorise('process.spawn', wish.agent ?? (await find(caller, pid)).agent);
  return await spawnLike(caller, pid, wish, (create) =>
    commit(async (transaction) => {
      const holder = { tenant, user, pid: (await create(transaction)).pid };
      const to = { holder, conversation: conversationOfProcess };
      const position = await fork(transaction, point, to, terms());
      return describeConversation(holder, conversationOfProcess, position);
    }),
  );
}
