import {
  AiosError,
  type CheckpointId,
  type Pid,
  type SyscallInput,
  type SyscallOutput,
} from '@aios/protocol';
import type { Database } from '../../database/index.ts';
import { type Caller, handle, type SyscallContext, type SyscallHandlers } from '../../syscall/index.ts';
import { append, checkpoint, deleteCheckpoint, restore, type Terms } from './changes.ts';
import {
  type Checkpoint,
  describeCheckpoint,
  findCheckpoint,
  listCheckpoints,
  noCheckpoint,
} from './checkpoints.ts';
import { describeConversation, endOf, listConversations } from './conversations.ts';
import { type ContextProcesses, forkFrom } from './fork.ts';
import { refuseLargeConversation } from './limits.ts';
import { bytesOf, commonLength, type Position, readMessages, textsOf } from './messages.ts';
import { type Owner, type Subject, subjectOf } from './owner.ts';
import { changedFiles, countNotesBetween, currentVersions, type Versions } from './versions.ts';

export interface HandlerOptions {
  readonly database: Database;
  readonly processes: () => ContextProcesses;
  readonly terms: () => Terms;
  /** Makes room for so many bytes of a user, as far as the policy allows. */
  readonly reclaim: (owner: Owner, neededBytes: number) => Promise<void>;
}

type CheckpointCalls =
  | 'context.append'
  | 'context.read'
  | 'context.checkpoint'
  | 'context.list'
  | 'context.restore'
  | 'context.fork'
  | 'context.diff'
  | 'context.delete';
export type CheckpointHandlers = Pick<SyscallHandlers, CheckpointCalls>;

export function checkpointHandlers(options: HandlerOptions): CheckpointHandlers {
  const { database, terms, reclaim } = options;
  const { reader } = database;
  const subject = (caller: Caller, pid?: Pid) => subjectOf(caller, pid, options.processes().find);

  /** A checkpoint and its process; `not_found` for one of a process that the caller may not see. */
  async function visibleCheckpoint(caller: Caller, id: CheckpointId): Promise<[Checkpoint, Subject]> {
    const found = await findCheckpoint(reader, id);
    try {
      return [found, await subject(caller, found.pid)];
    } catch (error) {
      if (AiosError.isInstance(error) && error.code === 'not_found') throw noCheckpoint(id);
      throw error;
    }
  }

  async function appendMessages(
    { pid, conversation, messages }: SyscallInput<'context.append'>,
    context: SyscallContext<'context.append'>,
  ): Promise<SyscallOutput<'context.append'>> {
    const whose = await subject(context.caller, pid);
    const texts = textsOf(messages);
    refuseLargeConversation(bytesOf(texts), terms().limits);
    await reclaim(whose, bytesOf(texts));
    return await context.commit(async (transaction) =>
      describeConversation(
        whose,
        conversation,
        await append(transaction, whose, { conversation, texts }, terms()),
      ),
    );
  }

  async function read(
    { pid, conversation, checkpoint: id, after, limit }: SyscallInput<'context.read'>,
    { caller }: SyscallContext<'context.read'>,
  ): Promise<SyscallOutput<'context.read'>> {
    const [whose, name, position] =
      id === undefined ? await presentOf(await subject(caller, pid), conversation) : await pastOf(caller, id);
    return {
      ...describeConversation(whose, name, position),
      messages: await readMessages(reader, position, { after, limit }),
    };
  }

  const presentOf = async (whose: Subject, name: string): Promise<[Subject, string, Position]> => [
    whose,
    name,
    await endOf(reader, whose, name),
  ];
  const pastOf = async (caller: Caller, id: CheckpointId): Promise<[Subject, string, Position]> => {
    const [{ conversation, position }, whose] = await visibleCheckpoint(caller, id);
    return [whose, conversation, position];
  };

  async function list(
    { pid, limit }: SyscallInput<'context.list'>,
    { caller }: SyscallContext<'context.list'>,
  ): Promise<SyscallOutput<'context.list'>> {
    const whose = await subject(caller, pid);
    const conversations = await listConversations(reader, whose);
    const checkpoints = await listCheckpoints(reader, whose, limit);
    return {
      conversations: conversations.map(({ name, end }) => describeConversation(whose, name, end)),
      checkpoints: checkpoints.map(describeCheckpoint),
    };
  }

  async function diff(
    { from, to, limit }: SyscallInput<'context.diff'>,
    { caller }: SyscallContext<'context.diff'>,
  ): Promise<SyscallOutput<'context.diff'>> {
    const [before, whose] = await visibleCheckpoint(caller, from);
    const after: { position: Position; versions: Versions } =
      to === undefined
        ? {
            position: await endOf(reader, whose, before.conversation),
            versions: await currentVersions(reader, whose),
          }
        : (await visibleCheckpoint(caller, to))[0];
    const common = await commonLength(reader, before.position, after.position);
    const onlyIn = async (position: Position) => ({
      count: position.length - common,
      messages: await readMessages(reader, position, { after: common, limit }),
    });
    return {
      common,
      removed: await onlyIn(before.position),
      added: await onlyIn(after.position),
      files: changedFiles(before.versions.files, after.versions.files),
      notes: {
        added: await countNotesBetween(reader, whose, before.versions.notes, after.versions.notes),
      },
    };
  }

  return {
    'context.append': handle(appendMessages),
    'context.read': handle(read),
    'context.checkpoint': handle(async ({ pid, conversation, label }, { caller, place, commit }) => {
      const whose = await subject(caller, pid);
      const { process } = caller;
      const isJournalled = process?.pid === whose.pid && process.durable && place !== undefined;
      const mark = { conversation, label, isJournalled };
      return await commit(async (transaction) =>
        describeCheckpoint(await checkpoint(transaction, whose, mark, terms())),
      );
    }),
    'context.list': handle(list),
    'context.restore': handle(async ({ checkpoint: id }, { caller, commit, ensureCurrent }) => {
      await ensureCurrent();
      const [, whose] = await visibleCheckpoint(caller, id);
      return await commit(async (transaction) => {
        const { conversation, position, before } = await restore(transaction, whose, id, terms());
        return {
          ...describeConversation(whose, conversation, position),
          ...(before !== undefined && { before: before.id }),
        };
      });
    }),
    'context.fork': handle(async (input, context) => {
      const { caller } = context;
      await context.ensureCurrent();
      const { conversation, checkpoint: id } = input;
      const from =
        id === undefined ? await subject(caller, input.pid) : (await visibleCheckpoint(caller, id))[1];
      const point = { from, conversation, checkpoint: id };
      return await forkFrom(point, input, context, options);
    }),
    'context.diff': handle(diff),
    'context.delete': handle(async ({ checkpoint: id }, { caller, commit, ensureCurrent }) => {
      await ensureCurrent();
      const [, whose] = await visibleCheckpoint(caller, id);
      return await commit(async (transaction) => {
        await deleteCheckpoint(transaction, whose, id);
        return {};
      });
    }),
  };
}
