import {
  type JsonValue,
  jsonValue,
  type Message,
  type MessageFilter,
  pid as pidSchema,
} from '@aios/protocol';
import type { Selectable, Transaction } from 'kysely';
import type { Database, Tables } from '../../database/index.ts';
import type { Mailbox } from './address.ts';

type MessageRow = Selectable<Tables['messages']>;

export interface NewMessage {
  readonly tenant: string;
  readonly mailbox: Mailbox;
  readonly senderMailbox: Mailbox;
  readonly sender: { readonly pid: number; readonly agent: string } | undefined;
  readonly content: JsonValue;
  readonly topic?: string;
  readonly isQuestion: boolean;
  readonly replyTo?: number;
  readonly sentAt: number;
}

/** The rows of messages. A message is there until it is received; a question until it is answered. */
export class MailboxStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async count(transaction: Transaction<Tables>, tenant: string, mailbox: Mailbox): Promise<number> {
    const { number } = await transaction
      .selectFrom('messages')
      .select(({ fn }) => fn.countAll<number>().as('number'))
      .where('tenant', '=', tenant)
      .where('mailbox', '=', mailbox)
      .where('received_at', 'is', null)
      .executeTakeFirstOrThrow();
    return Number(number);
  }

  async add(transaction: Transaction<Tables>, message: NewMessage): Promise<number> {
    const { id } = await transaction
      .insertInto('messages')
      .values({
        tenant: message.tenant,
        mailbox: message.mailbox,
        sender_mailbox: message.senderMailbox,
        sender_pid: message.sender?.pid ?? null,
        sender_agent: message.sender?.agent ?? null,
        content: JSON.stringify(message.content),
        topic: message.topic ?? null,
        is_question: Number(message.isQuestion),
        reply_to: message.replyTo ?? null,
        sent_at: message.sentAt,
        received_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  /** The oldest message that is wanted; replies only where they are asked for. */
  async first(
    tenant: string,
    mailboxes: readonly Mailbox[],
    { from, topic, replyTo }: MessageFilter,
  ): Promise<Message | undefined> {
    let query = this.#database.reader
      .selectFrom('messages')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('mailbox', 'in', mailboxes)
      .where('received_at', 'is', null);
    if (from !== undefined) {
      query = /^\d+$/.test(from)
        ? query.where('sender_pid', '=', Number(from))
        : query.where('sender_agent', '=', from);
    }
    if (topic !== undefined) query = query.where('topic', '=', topic);
    query =
      replyTo === undefined ? query.where('reply_to', 'is', null) : query.where('reply_to', '=', replyTo);
    const row = await query.orderBy('id').limit(1).executeTakeFirst();
    return row && describe(row);
  }

  /** Takes a message out of its mailbox; false where somebody else has done so. */
  async take(transaction: Transaction<Tables>, { id, isQuestion }: Message, at: number): Promise<boolean> {
    const taken = isQuestion
      ? await transaction
          .updateTable('messages')
          .set({ received_at: at })
          .where('id', '=', id)
          .where('received_at', 'is', null)
          .executeTakeFirst()
          .then(({ numUpdatedRows }) => numUpdatedRows)
      : await transaction
          .deleteFrom('messages')
          .where('id', '=', id)
          .executeTakeFirst()
          .then(({ numDeletedRows }) => numDeletedRows);
    return taken > 0n;
  }

  /** Removes a question that was received through one of these mailboxes, for it is being answered. */
  async takeQuestion(
    transaction: Transaction<Tables>,
    tenant: string,
    mailboxes: readonly Mailbox[],
    id: number,
  ): Promise<MessageRow | undefined> {
    return await transaction
      .deleteFrom('messages')
      .where('id', '=', id)
      .where('tenant', '=', tenant)
      .where('mailbox', 'in', mailboxes)
      .where('is_question', '=', 1)
      .where('received_at', 'is not', null)
      .returningAll()
      .executeTakeFirst();
  }

  /** Mail to a process that has ended is for others of its agent’s name, and so are its subscriptions’. */
  async handOver(
    transaction: Transaction<Tables>,
    tenant: string,
    from: Mailbox,
    to: Mailbox,
  ): Promise<void> {
    await transaction
      .updateTable('messages')
      .set({ mailbox: to })
      .where('tenant', '=', tenant)
      .where('mailbox', '=', from)
      .execute();
    await transaction
      .deleteFrom('subscriptions')
      .where('tenant', '=', tenant)
      .where('mailbox', '=', from)
      .execute();
  }

  async subscribe(
    transaction: Transaction<Tables>,
    tenant: string,
    topic: string,
    mailbox: Mailbox,
  ): Promise<void> {
    await transaction
      .insertInto('subscriptions')
      .values({ tenant, topic, mailbox })
      .onConflict((conflict) => conflict.columns(['tenant', 'topic', 'mailbox']).doNothing())
      .execute();
  }

  async unsubscribe(
    transaction: Transaction<Tables>,
    tenant: string,
    topic: string,
    mailbox: Mailbox,
  ): Promise<void> {
    await transaction
      .deleteFrom('subscriptions')
      .where('tenant', '=', tenant)
      .where('topic', '=', topic)
      .where('mailbox', '=', mailbox)
      .execute();
  }

  async subscribers(transaction: Transaction<Tables>, tenant: string, topic: string): Promise<Mailbox[]> {
    const rows = await transaction
      .selectFrom('subscriptions')
      .select('mailbox')
      .where('tenant', '=', tenant)
      .where('topic', '=', topic)
      .orderBy('mailbox')
      .execute();
    return rows.map(({ mailbox }) => mailbox);
  }
}

function describe(row: MessageRow): Message {
  return {
    id: row.id,
    from: {
      ...(row.sender_pid !== null && { pid: pidSchema.parse(row.sender_pid) }),
      ...(row.sender_agent !== null && { agent: row.sender_agent }),
    },
    content: jsonValue.parse(JSON.parse(row.content)),
    ...(row.topic !== null && { topic: row.topic }),
    isQuestion: row.is_question === 1,
    ...(row.reply_to !== null && { replyTo: row.reply_to }),
    sentAt: new Date(row.sent_at).toISOString(),
  };
}
