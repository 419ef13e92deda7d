// `llm.chat` with a conversation: the model gets what the conversation holds before the new messages, and these and its reply
// are added to it in one transaction, once it has answered.

import { AiosError, type SyscallInput, type SyscallOutput, toAiosError } from '@aios/protocol';
import { authorise } from '../../access/index.ts';
import type { Database } from '../../database/index.ts';
import type { Caller, Commit, PreparedCall, SyscallHandler, Used } from '../../syscall/index.ts';
import { append, type Terms } from './changes.ts';
import { endOf } from './conversations.ts';
import { refuseLargeConversation } from './limits.ts';
import { bytesOf, type Position, readMessages, textsOf } from './messages.ts';
import type { Holder, Owner } from './owner.ts';

type ChatHandler = SyscallHandler<'llm.chat'>;
type PreparedChat = PreparedCall<'llm.chat'>;
type Reply = SyscallOutput<'llm.chat'>;

interface ChatOptions {
  readonly database: Database;
  readonly terms: () => Terms;
  readonly reclaim: (owner: Owner, neededBytes: number) => Promise<void>;
}

/** What a call goes on from. */
interface Beginning {
  readonly holder: Holder;
  readonly conversation: string;
  readonly end: Position;
  readonly question: SyscallInput<'llm.chat'>['messages'];
}

/** Lets a handler of `llm.chat` go on from kept conversations. */
export function withConversations(chat: ChatHandler, options: ChatOptions): ChatHandler {
  const { database, terms, reclaim } = options;
  const underWay = new Set<string>();

  async function prepareKept(
    input: SyscallInput<'llm.chat'>,
    conversation: string,
    caller: Caller,
  ): Promise<PreparedChat> {
    const holder = holderOf(caller);
    authorise(caller, { action: 'context.read', target: undefined });
    authorise(caller, { action: 'context.write', target: undefined });
    const end = await endOf(database.reader, holder, conversation);
    const questionBytes = bytesOf(textsOf(input.messages));
    refuseLargeConversation(end.bytes + questionBytes, terms().limits);
    await reclaim(holder, questionBytes);
    const past = await readMessages(database.reader, end, { after: 0, limit: end.length });
    const whole = { ...input, messages: [...past, ...input.messages] };
    return keepReply(chat.prepare(whole, caller), { holder, conversation, end, question: input.messages });
  }

  function keepReply(prepared: PreparedChat, beginning: Beginning): PreparedChat {
    return {
      ...prepared,
      execute: async (context) => {
        using _turn = takeTurn(underWay, beginning);
        await refuseMoved(beginning);
        const reply = await prepared.execute(context);
        return await keep(reply, beginning, usedBy(prepared, reply), context.commit);
      },
      ...(prepared.downgrade && {
        downgrade: (to) => keepReply(prepared.downgrade?.(to) ?? prepared, beginning),
      }),
    };
  }

  /** Before the model is asked, for its answer would have no place. */
  async function refuseMoved({ holder, conversation, end }: Beginning): Promise<void> {
    const { head } = await endOf(database.reader, holder, conversation);
    if (head !== end.head) throw busy(conversation);
  }

  async function keep(
    reply: Reply,
    { holder, conversation, end, question }: Beginning,
    used: Used,
    commit: Commit<Reply>,
  ): Promise<Reply> {
    const texts = textsOf([...question, reply.message]);
    const addition = { conversation, texts, expected: end };
    const room = withRoomFor(bytesOf(texts.slice(-1)), terms());
    try {
      return await commit(async (transaction) => {
        await append(transaction, holder, addition, room);
        return reply;
      }, used);
    } catch (error) {
      throw paidFor(error, used);
    }
  }

  return {
    ...chat,
    readAndPrepare: (input, caller) =>
      input.conversation === undefined ? undefined : prepareKept(input, input.conversation, caller),
  };
}

function holderOf({ tenant, user, process }: Caller): Holder {
  if (process !== undefined) return { tenant, user, pid: process.pid };
  throw new AiosError(
    'failed_precondition',
    'Only a process has kept conversations. Leave `conversation` out and send the whole history, or make the call as a process.',
  );
}

/** One call at a time: a second one would answer what the first has not said yet. */
function takeTurn(underWay: Set<string>, { holder, conversation }: Beginning): Disposable {
  const key = `${holder.pid}/${conversation}`;
  if (underWay.has(key)) throw busy(conversation);
  underWay.add(key);
  return { [Symbol.dispose]: () => underWay.delete(key) };
}

function busy(conversation: string): AiosError {
  return new AiosError(
    'failed_precondition',
    `Another call goes on from the conversation "${conversation}" already. Wait for its answer, or fork the conversation ` +
      'for a second line of thought.',
  );
}

/** An answer that was paid for is kept although it may go beyond the bounds; the next question is refused. */
function withRoomFor(bytes: number, { limits, now }: Terms): Terms {
  const { max_bytes, max_stored_bytes } = limits;
  return { limits: { max_bytes: max_bytes + bytes, max_stored_bytes: max_stored_bytes + bytes }, now };
}

function usedBy(prepared: PreparedChat, reply: Reply): Used {
  const { inputTokens, outputTokens } = prepared.usage?.(reply) ?? reply.usage;
  const usd = prepared.costUsd?.(reply) ?? prepared.reserveUsd ?? 0;
  return { tokens: inputTokens + outputTokens, usd };
}

/** An error after the model has answered: the answer is lost, and what it cost counts. */
function paidFor(thrown: unknown, used: Used): AiosError {
  const { code, message, disposition, details } = toAiosError(thrown);
  return new AiosError(code, message, { cause: thrown, disposition, details: { ...details, wasted: used } });
}
