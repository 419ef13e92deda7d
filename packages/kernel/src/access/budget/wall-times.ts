import type { Pid } from '@aios/protocol';
import type { Clock } from '../../clock/index.ts';
import type { Caller } from '../../syscall/index.ts';
import type { EventBus } from '../../telemetry/index.ts';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import type { BudgetAnswers } from './budget-answers.ts';
import { outOfTime } from './refusals.ts';
import { WallTime } from './wall-time.ts';

interface WallTimesOptions {
  readonly clock: Clock;
  readonly events: EventBus;
  readonly accounts: Accounts;
  readonly answers: BudgetAnswers;
}

/** Ends processes whose wall time is used up: by their own budget, or by the quota of their agent, user, tenant or key. */
export class WallTimes implements Disposable {
  readonly #options: WallTimesOptions;
  readonly #running = new Map<Pid, { readonly caller: Caller; readonly time: WallTime }>();

  constructor(options: WallTimesOptions) {
    this.#options = options;
  }

  secondsOf(caller: Caller): number {
    return this.#strictest(caller)?.seconds ?? Number.POSITIVE_INFINITY;
  }

  usedSeconds(pid: Pid): number | undefined {
    return this.#running.get(pid)?.time.usedSeconds;
  }

  start(caller: Caller, startedAt: number): void {
    const pid = caller.process?.pid;
    if (pid === undefined || this.#running.has(pid)) return;
    const { clock, answers } = this.#options;
    const time = new WallTime({
      clock,
      startedAt,
      onWarning: (used) => this.#warn(caller, used),
      onEnd: () => {
        const account = this.#strictest(caller);
        if (account === undefined) return;
        this.#publish(caller, account, account.seconds, { type: 'quota-exceeded', atLimit: 'kill' });
        answers.end(pid, outOfTime(account, account.seconds));
      },
    });
    this.#running.set(pid, { caller, time });
    time.bind(this.secondsOf(caller));
  }

  /** Keeps nothing of a process that waits without its code, unless its time is bounded: it is started again before it runs. */
  rest(pid: Pid): void {
    const running = this.#running.get(pid);
    if (running !== undefined && !Number.isFinite(this.secondsOf(running.caller))) this.stop(pid);
  }

  stop(pid: Pid): void {
    this.#running.get(pid)?.time[Symbol.dispose]();
    this.#running.delete(pid);
  }

  /** Takes other limits over. */
  rebind(): void {
    for (const { caller, time } of [...this.#running.values()]) time.bind(this.secondsOf(caller));
  }

  [Symbol.dispose](): void {
    for (const pid of [...this.#running.keys()]) this.stop(pid);
  }

  /** The account that bounds the process most. */
  #strictest(caller: Caller): Account | undefined {
    let strictest: Account | undefined;
    for (const account of this.#options.accounts.chargeOf(caller).timed) {
      if (account.seconds < (strictest?.seconds ?? Number.POSITIVE_INFINITY)) strictest = account;
    }
    return strictest;
  }

  #warn(caller: Caller, used: number): void {
    const account = this.#strictest(caller);
    if (account !== undefined) this.#publish(caller, account, used, { type: 'quota-warning' });
  }

  #publish(
    { process }: Caller,
    { scope, name, tenant, seconds }: Account,
    used: number,
    kind: { type: 'quota-warning' } | { type: 'quota-exceeded'; atLimit: 'kill' },
  ): void {
    this.#options.events.publish(
      {
        ...kind,
        scope,
        name,
        dimension: 'seconds',
        window: 'total',
        limit: seconds,
        used,
        ...(process && { pid: process.pid, agent: process.agent }),
      },
      tenant,
    );
  }
}
