import { keepSwept } from '../../conversation/index.ts';
import type { Database } from '../../database/index.ts';
import type { SyscallHandler } from '../../syscall/index.ts';
import type { EventBus, Logger } from '../../telemetry/index.ts';
import type { Terms } from './changes.ts';
import { withConversations } from './chat.ts';
import type { ContextProcesses } from './fork.ts';
import { type CheckpointHandlers, checkpointHandlers } from './handlers.ts';
import { type ConversationHistories, conversationHistories } from './histories.ts';
import type { Owner } from './owner.ts';
import { type ContextPolicy, Sweep } from './sweep.ts';
import { storedBytesOf } from './usage.ts';

export interface ContextsOptions {
  readonly database: Database;
  readonly policy: () => ContextPolicy;
  /** Asked for when a call needs them: they are made after the conversations. */
  readonly processes: () => ContextProcesses;
  readonly events: EventBus;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface Contexts {
  readonly handlers: CheckpointHandlers;
  readonly histories: ConversationHistories;
  /** A handler of `llm.chat` that goes on from kept conversations, made of one that does not. */
  chat(handler: SyscallHandler<'llm.chat'>): SyscallHandler<'llm.chat'>;
  /** Removes what the policy no longer keeps. */
  sweep(): Promise<void>;
  /** Does so now and every ten minutes, until it is disposed of. */
  sweepRegularly(): AsyncDisposable;
}

/** The kept conversations of processes, and their checkpoints. */
export function createContexts(options: ContextsOptions): Contexts {
  const { database, policy, events, logger, now = Date.now } = options;
  const closing = new AbortController();
  const terms = (): Terms => ({ limits: policy(), now: now() });
  const newSweep = () => new Sweep({ database, policy: policy(), now: now(), signal: closing.signal });

  function report({ swept }: Sweep): void {
    for (const [tenant, counts] of swept) events.publish({ type: 'context-swept', ...counts }, tenant);
  }

  async function sweep(): Promise<void> {
    const swept = newSweep();
    await swept.run();
    report(swept);
  }

  async function reclaim(owner: Owner, neededBytes: number): Promise<void> {
    const stored = await storedBytesOf(database.reader, owner);
    if (stored + neededBytes <= policy().max_stored_bytes) return;
    const swept = newSweep();
    await swept.reclaim(owner, neededBytes);
    report(swept);
  }

  function sweepRegularly(): AsyncDisposable {
    const sweeping = keepSwept(sweep, logger, 'kept conversations');
    return {
      async [Symbol.asyncDispose]() {
        closing.abort();
        await sweeping[Symbol.asyncDispose]();
      },
    };
  }

  return {
    histories: conversationHistories(database, now),
    handlers: checkpointHandlers({ database, processes: options.processes, terms, reclaim }),
    chat: (handler) => withConversations(handler, { database, terms, reclaim }),
    sweep,
    sweepRegularly,
  };
}
