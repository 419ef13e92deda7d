import type { AiosError, AtLimit, Pid, SyscallName } from '@aios/protocol';
import type { Clock } from '../../clock/index.ts';
import type { Caller, PreparedCall } from '../../syscall/index.ts';
import type { EventBus } from '../../telemetry/index.ts';
import { ProcessAccount } from './account.ts';
import { needOf } from './claim.ts';
import { type BoundShortage, boundFields, exceeded, nameOf, type Shortage, throttled } from './refusals.ts';
import { retryMs } from './waiting-room.ts';

/** What the ledger has done to processes. */
export interface ProcessActions {
  /** Ends the process and its descendants. */
  end(pid: Pid, reason: AiosError): void;
  /** Shows the process as waiting until the result is disposed. */
  hold(pid: Pid, cause: string): Disposable | undefined;
}

type Answer =
  | { readonly kind: 'wait'; readonly isPaused: boolean }
  | { readonly kind: 'downgrade'; readonly instead: PreparedCall<SyscallName> };

const chatAction = 'llm.chat';

/**
 * What becomes of a call that a bound has no room for. Rates (per minute, at the same time) are waited for; at a budget the
 * declared action is taken. A call that is larger than the whole bound never gets room, so it does not wait.
 */
export class BudgetAnswers {
  readonly #events: EventBus;
  #actions: ProcessActions | undefined;

  constructor(events: EventBus) {
    this.#events = events;
  }

  actWith(actions: ProcessActions): void {
    this.#actions = actions;
  }

  /** Throws `quota_exceeded` where the call is refused, or its process is ended. */
  answer(caller: Caller, prepared: PreparedCall<SyscallName>, shortage: Shortage): Answer {
    if (shortage.kind === 'concurrency') return { kind: 'wait', isPaused: false };
    const { counter, bound } = shortage;
    const needed = needOf(prepared).amounts[bound.dimension];
    const isTooLarge = needed > bound.limit;
    if (counter.window === 'minute' && !isTooLarge) return { kind: 'wait', isPaused: false };
    const instead = downgraded(caller, prepared, shortage);
    if (instead !== undefined) {
      this.#publish(caller, shortage, 'cheaper_model');
      return { kind: 'downgrade', instead };
    }
    if (isTooLarge || caller.process === undefined || counter.window === 'minute') {
      this.#publish(caller, shortage, 'refuse');
      throw exceeded(shortage, needed);
    }
    if (bound.atLimit === 'pause') {
      this.#publish(caller, shortage, 'pause');
      return { kind: 'wait', isPaused: true };
    }
    if (bound.atLimit !== 'kill') {
      this.#publish(caller, shortage, 'refuse');
      throw exceeded(shortage, needed);
    }
    this.#publish(caller, shortage, 'kill');
    const error = exceeded(shortage, needed, 'The process was ended, as its quota says.');
    this.end(endedBy(caller.process.pid, shortage), error);
    throw error;
  }

  /** Refuses a wait that is known to be longer than a call may wait. */
  checkWait(shortage: Shortage, maxWaitMs: number, clock: Clock): void {
    const waitMs = shortage.kind === 'bound' ? retryMs(shortage, clock) : 0;
    if (waitMs > maxWaitMs || maxWaitMs === 0) throw throttled(shortage, retryMs(shortage, clock));
  }

  /** Shows the process of a held call as waiting. */
  hold({ process }: Caller, shortage: Shortage): Disposable | undefined {
    if (process === undefined || shortage.kind !== 'bound') return undefined;
    return this.#actions?.hold(process.pid, `waiting for the ${nameOf(shortage)}`);
  }

  end(pid: Pid, reason: AiosError): void {
    this.#actions?.end(pid, reason);
  }

  #publish({ process }: Caller, shortage: BoundShortage, atLimit: AtLimit): void {
    if (shortage.bound.isExceeded) return;
    shortage.bound.isExceeded = true;
    this.#events.publish(
      {
        type: 'quota-exceeded',
        ...boundFields(shortage),
        atLimit,
        ...(process && { pid: process.pid, agent: process.agent }),
      },
      shortage.account.tenant,
    );
  }
}

/** The process whose budget it is; of other scopes, the one that calls. */
function endedBy(calling: Pid, { account }: BoundShortage): Pid {
  return account instanceof ProcessAccount ? account.pid : calling;
}

/** The call to the cheaper model, where one is declared, may be asked by the caller, and is not the one that was asked. */
function downgraded(
  { policy }: Caller,
  prepared: PreparedCall<SyscallName>,
  shortage: BoundShortage,
): PreparedCall<SyscallName> | undefined {
  const { atLimit, cheaperModel: model } = shortage.bound;
  if (atLimit !== 'cheaper_model' || model === undefined || prepared.model === model) return undefined;
  if (!policy.allows(chatAction, model)) return undefined;
  return prepared.downgrade?.({ model, reason: `The ${nameOf(shortage)} is used up.` });
}
