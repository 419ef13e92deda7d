// Messages between processes and people. Guarantees: a message is on disk when its sender hears so; it is received by one
// receiver, in the transaction that answers the receiver; no mailbox grows beyond its bound, replies excepted.

import { AiosError, type JsonValue, type Message, type SyscallInput } from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Clock } from '../../clock/index.ts';
import type { Tables } from '../../database/index.ts';
import type { Caller, Commit } from '../../syscall/index.ts';
import type { WaitSource } from '../wait/index.ts';
import {
  type Mailbox,
  mailboxesOf,
  mailboxOf,
  type Neighbours,
  replyAddress,
  resolveAddress,
} from './address.ts';
import type { MailboxStore, NewMessage } from './mailbox-store.ts';
import { Room } from './room.ts';

export interface MailboxesOptions {
  readonly store: MailboxStore;
  readonly clock: Clock;
  readonly neighbours: Neighbours;
  /** Says to those who wait for it that mail has come. */
  readonly notify: (topic: string) => void;
}

/** Messages that a mailbox holds at most. */
export const mailboxCapacity = 1000;

export class Mailboxes {
  readonly #options: MailboxesOptions;
  readonly #room: Room;

  constructor(options: MailboxesOptions) {
    this.#options = options;
    this.#room = new Room(options.clock);
  }

  /** Throws `rate_limited` when the mailbox is still full after the time to wait. */
  async send(
    caller: Caller,
    { to, content, isQuestion, waitMs }: SyscallInput<'message.send'>,
    commit: Commit<{ id: number }>,
    signal: AbortSignal,
  ): Promise<{ id: number }> {
    const mailbox = resolveAddress(to, caller, this.#options.neighbours);
    const message = this.#message(caller, mailbox, content, { isQuestion });
    const key = topicOf(caller.tenant, mailbox);
    const sent = await this.#room.whenThere(key, waitMs, signal, () =>
      commit(async (transaction) => {
        await this.#checkRoom(transaction, caller.tenant, mailbox);
        return { id: await this.#options.store.add(transaction, message) };
      }),
    );
    this.#options.notify(key);
    return sent;
  }

  /** Only who has received a question may answer it. */
  async reply(
    caller: Caller,
    { question: id, content }: SyscallInput<'message.reply'>,
    commit: Commit<{ id: number }>,
  ): Promise<{ id: number }> {
    const { store, notify } = this.#options;
    let mailbox: Mailbox = '';
    const sent = await commit(async (transaction) => {
      const question = await store.takeQuestion(transaction, caller.tenant, ownMailboxes(caller), id);
      if (question === undefined) throw noQuestion(id);
      mailbox = question.sender_mailbox;
      return { id: await store.add(transaction, this.#message(caller, mailbox, content, { replyTo: id })) };
    });
    notify(topicOf(caller.tenant, mailbox));
    return sent;
  }

  /** Leaves out subscribers whose mailbox is full. */
  async publish(
    caller: Caller,
    { topic, content }: SyscallInput<'message.publish'>,
    commit: Commit<{ delivered: number; refused: number }>,
  ): Promise<{ delivered: number; refused: number }> {
    const { store, notify } = this.#options;
    const delivered: Mailbox[] = [];
    const answer = await commit(async (transaction) => {
      let refused = 0;
      for (const mailbox of await store.subscribers(transaction, caller.tenant, topic)) {
        if ((await store.count(transaction, caller.tenant, mailbox)) >= mailboxCapacity) refused += 1;
        else {
          await store.add(transaction, this.#message(caller, mailbox, content, { topic }));
          delivered.push(mailbox);
        }
      }
      return { delivered: delivered.length, refused };
    });
    for (const mailbox of delivered) notify(topicOf(caller.tenant, mailbox));
    return answer;
  }

  /** Begins, or ends, a subscription of the caller. */
  async subscribe(
    caller: Caller,
    { topic, as }: SyscallInput<'message.subscribe'>,
    isWanted: boolean,
    commit: Commit<Record<string, never>>,
  ): Promise<Record<string, never>> {
    const { store } = this.#options;
    const { process, tenant } = caller;
    const mailbox = process && as === 'agent' ? mailboxOf.agent(process.agent) : replyAddress(caller);
    return await commit(async (transaction) => {
      if (isWanted) await store.subscribe(transaction, tenant, topic, mailbox);
      else await store.unsubscribe(transaction, tenant, topic, mailbox);
      return {};
    });
  }

  /** What waits for mail. */
  readonly source: WaitSource<'message'> = (filter, { pid, agent, tenant, user }) => {
    const { store, clock } = this.#options;
    const mailboxes = mailboxesOf({
      ...(pid !== undefined && { pid }),
      ...(agent !== undefined && { agent }),
      user,
    });
    let seen: Message | undefined;
    return {
      topics: mailboxes.map((mailbox) => topicOf(tenant, mailbox)),
      look: async () => {
        seen = await store.first(tenant, mailboxes, filter);
        return seen as JsonValue | undefined;
      },
      take: async (transaction) => {
        const isTaken = seen !== undefined && (await store.take(transaction, seen, clock.now()));
        if (isTaken) for (const mailbox of mailboxes) this.#room.open(topicOf(tenant, mailbox));
        return isTaken;
      },
    };
  };

  #message(
    caller: Caller,
    mailbox: Mailbox,
    content: JsonValue,
    kind: { isQuestion?: boolean; topic?: string; replyTo?: number },
  ): NewMessage {
    const { isQuestion = false, ...rest } = kind;
    return {
      tenant: caller.tenant,
      mailbox,
      senderMailbox: replyAddress(caller),
      sender: caller.process,
      content,
      isQuestion,
      ...rest,
      sentAt: this.#options.clock.now(),
    };
  }

  async #checkRoom(transaction: Transaction<Tables>, tenant: string, mailbox: Mailbox): Promise<void> {
    if ((await this.#options.store.count(transaction, tenant, mailbox)) < mailboxCapacity) return;
    throw new AiosError(
      'rate_limited',
      `The mailbox "${mailbox}" holds ${mailboxCapacity} messages that nobody has received. Send later, or give waitMs.`,
      { details: { retryAfterMs: 1000, mailbox } },
    );
  }
}

/** The topic under which it is told that mail has come. */
export function topicOf(tenant: string, mailbox: Mailbox): string {
  return `mail ${tenant} ${mailbox}`;
}

function ownMailboxes({ process, user }: Caller): Mailbox[] {
  return mailboxesOf({ ...(process && { pid: process.pid, agent: process.agent }), user });
}

function noQuestion(id: number): AiosError {
  return new AiosError(
    'not_found',
    `There is no question ${id} that the caller has received and not answered yet.`,
    { details: { id } },
  );
}
