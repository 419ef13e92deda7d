// Joint undo: a process, its conversations, its notes and its files go back to a checkpoint together. All that the database
// holds is one transaction, which also says where the files are to be; they follow, by the next kernel where this one is gone.
// What was done outside is told of, and undone where its tools can and it is asked for.

import {
  AiosError,
  type Pid,
  type SyscallInput,
  type SyscallName,
  type SyscallOutput,
  toAiosError,
} from '@aios/protocol';
import type { ConversationHistories } from '../context/index.ts';
import type { Database } from '../database/index.ts';
import type { Memory } from '../memory/index.ts';
import type { ProcessTable } from '../process/index.ts';
import type { FileRestorer } from '../storage/index.ts';
import {
  type Caller,
  type CommitTransaction,
  type HandlersOf,
  handle,
  type SyscallContext,
} from '../syscall/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { listEffects, type SinceEffect } from './effects-since.ts';
import { type PlannedFile, planFiles } from './file-plan.ts';
import { type OpenUndo, UndoStore } from './undo-store.ts';

export interface UndoOptions {
  readonly database: Database;
  readonly table: ProcessTable;
  readonly conversations: ConversationHistories;
  readonly memory: Memory;
  readonly restorer: FileRestorer;
  readonly logger: Logger;
  /** Whether what a call did can be undone by whoever did it. */
  readonly isCompensable: (name: SyscallName, input: Record<string, unknown>, caller: Caller) => boolean;
}

export interface Undo {
  readonly handlers: Pick<HandlersOf<'process'>, 'process.undo'>;
  /** Lets files follow that an earlier kernel left where they were. To be called before processes run again. */
  finish(): Promise<void>;
}

type Undone = SyscallOutput<'process.undo'>;
type Context = SyscallContext<'process.undo'>;
type Known = Awaited<ReturnType<ProcessTable['history']['read']>>;
type Checkpoint = Awaited<ReturnType<ConversationHistories['checkpoint']>>;

/** What is to be done, for whom. */
interface Job {
  readonly known: Known;
  readonly checkpoint: Checkpoint;
  readonly position: number;
  readonly others: SyscallInput<'process.undo'>['others'];
  readonly effects: readonly SinceEffect[];
  readonly context: Context;
}

export function createUndo(options: UndoOptions): Undo {
  const { database, table, conversations, memory, restorer, logger } = options;
  const store = new UndoStore(database);

  async function undo(input: SyscallInput<'process.undo'>, context: Context): Promise<Undone> {
    const { caller } = context;
    const { pid, others } = input;
    const known = await table.history.read(caller, pid);
    if (known.row.owner !== caller.user) throw notTheirs(pid);
    const id = input.checkpoint ?? (await store.newestCheckpoint(pid));
    if (id === undefined) throw noCheckpoint(pid);
    const position = await table.history.positionOfCheckpoint(known, id);
    const checkpoint = await conversations.checkpoint(id);
    const since = { checkpoint, context, ...options, family: await store.family(pid) };
    const effects = await listEffects(database.reader, since);
    const job = { known, checkpoint, position, others, effects, context };
    // Before anything is stopped.
    await plan(job);
    const undone = table.isAlive(pid) ? await undoLiving(job) : await undoEnded(job);
    return { ...undone, effects: await compensate(effects, input.compensate, context) };
  }

  async function undoLiving(job: Job): Promise<Undone> {
    const { known, position, context, checkpoint } = job;
    const { pid } = known;
    const cause = `taken back to checkpoint ${checkpoint.id}`;
    return await table.history.takeBack(context.caller, { pid, position }, cause, (takeBack, killed) =>
      record(job, async (transaction) => {
        const { cut } = await takeBack(transaction);
        return { process: { takenBack: cut, killed } };
      }),
    );
  }

  /** An ended process stays as it is; all else goes back. */
  async function undoEnded(job: Job): Promise<Undone> {
    const { row, pid } = job.known;
    return await record(job, async (transaction) => {
      const subject = { pid, tenant: row.tenant, user: row.owner, agent: row.agent };
      await conversations.takeBack(transaction, subject, job.position);
      return {};
    });
  }

  /** Takes back all of it that the database holds, in one transaction, then lets the files follow. */
  async function record(
    job: Job,
    change: (transaction: CommitTransaction) => Promise<Pick<Undone, 'process'>>,
  ): Promise<Undone> {
    const { known, checkpoint, effects, context } = job;
    const { pid, row } = known;
    const planned = await plan(job);
    const family = await store.family(pid);
    const restored = planned.filter(({ others }) => others.length === 0 || job.others === 'overwrite');
    const { createdAt } = checkpoint;
    const mark = { ...checkpoint.versions.notes, agent: row.agent, createdAt };
    let open: OpenUndo | undefined;
    const undone = await context.commit(async (transaction) => {
      const changed = await change(transaction);
      const removed = await memory.remove(transaction, await store.notesSince(transaction, family, mark));
      open = await store.add(transaction, {
        pid,
        tenant: row.tenant,
        checkpoint: checkpoint.id,
        agent: row.agent,
        files: restored.map(({ path, to }) => ({ path, to })),
      });
      const files = planned.map((file) => outcomeOf(file, restored));
      return { pid, checkpoint: checkpoint.id, ...changed, files, notes: { removed }, effects: [...effects] };
    });
    if (open !== undefined) await follow(open);
    return undone;
  }

  /** Throws where somebody else changed a file since, and nobody said what is to become of that. */
  async function plan({ known, checkpoint, others, context }: Job): Promise<PlannedFile[]> {
    const { pid, row } = known;
    const planned = await planFiles(database.reader, restorer, {
      tenant: row.tenant,
      family: await store.family(pid),
      versions: checkpoint.versions.files,
    });
    for (const { path } of planned) context.authorise('storage.write', path);
    const conflicts = planned.filter((file) => file.others.length > 0);
    if (conflicts.length > 0 && others === 'refuse') throw changedByOthers(conflicts);
    return planned;
  }

  /** The files are those of the agent again, as they were. */
  async function follow({ id, pid, tenant, agent, files }: OpenUndo): Promise<void> {
    for (const { path, to } of files) await restorer.restore({ tenant, path }, to, { author: agent, pid });
    await store.close(id);
  }

  async function compensate(
    effects: readonly SinceEffect[],
    isWanted: boolean,
    context: Context,
  ): Promise<Undone['effects']> {
    const outcomes: Undone['effects'] = [];
    for (const effect of effects) {
      if (!isWanted || !effect.compensable) {
        outcomes.push(effect);
        continue;
      }
      try {
        const { state } = await context.invoke('effect.compensate', { id: effect.id });
        outcomes.push({ ...effect, state });
      } catch (error) {
        outcomes.push({ ...effect, error: toAiosError(error).toProblem() });
      }
    }
    return outcomes;
  }

  return {
    handlers: {
      'process.undo': handle(async (input, context) => {
        await context.ensureCurrent();
        return await undo(input, context);
      }),
    },
    async finish() {
      for (const open of await store.open()) {
        await follow(open).catch((error: unknown) => {
          logger.error({ error, pid: open.pid }, 'files did not follow an undo; the next start tries again');
        });
      }
    },
  };
}

function outcomeOf(file: PlannedFile, restored: readonly PlannedFile[]): Undone['files'][number] {
  const { path, to, others } = file;
  const outcome = restored.includes(file) ? (to === 'absent' ? 'removed' : 'restored') : 'kept';
  return { path, outcome, ...(to !== 'absent' && { version: to }), changedBy: [...others] };
}

function changedByOthers(files: readonly PlannedFile[]): AiosError {
  const named = files.map(({ path, others }) => `${path} (${others.join(', ')})`).join(', ');
  return new AiosError(
    'failed_precondition',
    `Others have changed these files since: ${named}. Nothing was undone. Undo with --keep to leave them as they are, or with --force to overwrite them; what they hold stays a version.`,
    { disposition: 'ask_human', details: { files: files.map(({ path }) => path) } },
  );
}

function noCheckpoint(pid: Pid): AiosError {
  return new AiosError(
    'failed_precondition',
    `Process ${pid} has no checkpoint to go back to. Make one with context.checkpoint, or use "aios revert ${pid} --to CALL" for the process alone.`,
  );
}

function notTheirs(pid: Pid): AiosError {
  return new AiosError(
    'permission_denied',
    `Process ${pid} runs for another user, who alone can undo what it did.`,
  );
}
