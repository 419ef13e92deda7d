import {
  AiosError,
  type ConversationEntry,
  type JsonValue,
  type SyscallInput,
  type SyscallOutput,
} from '@aios/protocol';
import type { Config } from '../config/index.ts';
import type { Database } from '../database/index.ts';
import { type Commit, type HandlersOf, handle } from '../syscall/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type Holder, holderOf } from './holder.ts';
import { ConversationStore, type Entry } from './store.ts';
import { keepSwept } from './sweep.ts';

export interface ConversationsOptions {
  readonly database: Database;
  readonly limits: () => Config['conversation'];
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface Conversations extends AsyncDisposable {
  readonly handlers: HandlersOf<'conversation'>;
  /** Removes what has expired and what is beyond the bound of its user; also done at boot and every ten minutes. */
  sweep(): Promise<void>;
}

export function createConversations(options: ConversationsOptions): Conversations {
  const { database, limits, logger, now = Date.now } = options;
  const store = new ConversationStore(database);

  async function put(
    holder: Holder,
    { id, previous, value, ttlMs = limits().ttl_ms }: SyscallInput<'conversation.put'>,
    commit: Commit<SyscallOutput<'conversation.put'>>,
  ): Promise<SyscallOutput<'conversation.put'>> {
    const text = JSON.stringify(value);
    const sizeBytes = Buffer.byteLength(text);
    const createdAt = now();
    const before = previous === undefined ? 0 : await store.chainBytes(holder, previous, createdAt);
    refuseTooLarge(before + sizeBytes, limits().max_bytes);
    const expiresAt = createdAt + ttlMs;
    return await commit(async (transaction) => {
      await store.put(transaction, holder, { id, previous, text, sizeBytes, createdAt, expiresAt });
      return { expiresAt: isoDate(expiresAt) };
    });
  }

  async function get(
    holder: Holder,
    { id, history }: SyscallInput<'conversation.get'>,
  ): Promise<SyscallOutput<'conversation.get'>> {
    const readAt = now();
    if (history) return { entries: (await findChain(holder, id, readAt)).map(describe) };
    const entry = await store.find(holder, id, readAt);
    if (entry === undefined) throw notFound(id);
    return { entries: [describe(entry)] };
  }

  /** Oldest first. */
  async function findChain(holder: Holder, id: string, readAt: number): Promise<Entry[]> {
    const entries = await store.chain(holder, id, readAt);
    const oldest = entries.at(-1);
    if (oldest === undefined) throw notFound(id);
    if (oldest.previous !== undefined) throw notFound(oldest.previous, oldest.id);
    return entries.reverse();
  }

  function remove(
    holder: Holder,
    id: string,
    commit: Commit<SyscallOutput<'conversation.delete'>>,
  ): Promise<SyscallOutput<'conversation.delete'>> {
    return commit(async (transaction) => {
      if (!(await store.delete(transaction, holder, id, now()))) throw notFound(id);
      return {};
    });
  }

  const sweep = () => store.sweep(now(), limits().max_stored_bytes);
  const sweeping = keepSwept(sweep, logger, 'conversations');
  return {
    handlers: {
      'conversation.put': handle((input, { caller, commit }) => put(holderOf(caller), input, commit)),
      'conversation.get': handle((input, { caller }) => get(holderOf(caller), input)),
      'conversation.delete': handle(({ id }, { caller, commit }) => remove(holderOf(caller), id, commit)),
    },
    sweep,
    [Symbol.asyncDispose]: () => sweeping[Symbol.asyncDispose](),
  };
}

function refuseTooLarge(wholeBytes: number, maxBytes: number): void {
  if (wholeBytes <= maxBytes) return;
  throw new AiosError(
    'invalid_argument',
    `With this entry the conversation has ${wholeBytes} bytes, more than the ${maxBytes} that are kept. Begin a new one, ` +
      'or raise conversation.max_bytes in config.yaml.',
    { details: { bytes: wholeBytes, maxBytes } },
  );
}

function notFound(id: string, from?: string): AiosError {
  const needed =
    from === undefined ? '' : ` Without it "${from}", which goes on from it, can’t be gone on from.`;
  return new AiosError(
    'not_found',
    `There is no entry "${id}" of a conversation: it was not kept, has expired, was deleted, or belongs to another user, ` +
      `key or process.${needed}`,
    { details: { id } },
  );
}

function describe({ id, previous, text, createdAt, expiresAt }: Entry): ConversationEntry {
  const value: JsonValue = JSON.parse(text);
  return {
    id,
    ...(previous !== undefined && { previous }),
    value,
    createdAt: isoDate(createdAt),
    expiresAt: isoDate(expiresAt),
  };
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
