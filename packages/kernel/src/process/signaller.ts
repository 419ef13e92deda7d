import {
  AiosError,
  type JsonValue,
  type Pid,
  type ProcessSignal,
  type SignalName,
  type SyscallInput,
} from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock/index.ts';
import type { Tables } from '../database/index.ts';
import type { Caller, Commit } from '../syscall/index.ts';
import type { EventBus } from '../telemetry/index.ts';
import type { Dormancy } from './dormancy.ts';
import { isFinal, type StoredSignal } from './lifecycle/index.ts';
import type { LiveProcesses } from './live-processes.ts';
import type { Process } from './process.ts';
import type { ProcessStore } from './process-store.ts';
import type { ProcessView } from './process-view.ts';
import type { WaitSets } from './wait/index.ts';
import { signalsOf } from './wait-sources.ts';

export interface SignallerOptions {
  readonly live: LiveProcesses;
  readonly view: ProcessView;
  readonly store: ProcessStore;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly waits: WaitSets;
  readonly dormancy: () => Dormancy;
}

const maxGroup = 10_000;

interface Sending {
  readonly message: JsonValue;
  readonly reason: string;
  readonly sender: Pid | undefined;
  readonly graceMs: number;
}

/** Sends signals to processes that are alive. */
export class Signaller {
  readonly #options: SignallerOptions;

  constructor(options: SignallerOptions) {
    this.#options = options;
  }

  /**
   * Says whom the signal reached. Throws `not_found` for a process that the caller may not see and `failed_precondition` for
   * one that has ended. A process that is suspended already, or is not to be resumed, is passed over.
   */
  async signal(
    caller: Caller,
    input: SyscallInput<'process.signal'>,
    commit: Commit<{ signalled: Pid[] }>,
  ): Promise<{ signalled: Pid[] }> {
    const { signal, message, graceMs } = input;
    const sending = { message, reason: reasonOf(signal, message), sender: caller.process?.pid, graceMs };
    const targets = (await this.#targets(caller, input)).filter((process) => heeds(process, signal));
    const stored = new Map<Process, StoredSignal | undefined>();
    const answer = await commit(async (transaction) => {
      for (const process of targets) {
        stored.set(process, await this.#record(transaction, process, signal, sending));
      }
      return { signalled: targets.map(({ pid }) => pid) };
    });
    for (const process of targets) {
      // It may have ended meanwhile, or have been told the same by somebody else.
      if (!heeds(process, signal)) continue;
      this.#publish(process, signal, sending);
      this.#send(process, signal, sending, stored.get(process));
    }
    return answer;
  }

  /** Ends a process and its descendants at once and resolves when their ends are on disk. */
  async kill(pid: Pid, reason: AiosError): Promise<void> {
    const { live, dormancy } = this.#options;
    const family = [...live.tree.withDescendants(pid)];
    const processes = family.flatMap((member) => live.get(member) ?? []);
    for (const process of processes) process.stop('killed', reason);
    const sleeping = family.filter((member) => live.get(member) === undefined);
    await Promise.all(sleeping.map((member) => dormancy().kill(member, reason)));
    await Promise.all(processes.map((process) => process.exited));
  }

  /** Asks a process to end, and ends it when the grace period is over. */
  terminate(process: Process, reason: string, graceMs: number): void {
    const error = new AiosError('cancelled', `Process terminated: ${reason}`);
    process.terminate(error);
    const cancel = this.#options.clock.after(graceMs, () => process.stop('killed', error));
    void process.exited.then(cancel);
  }

  /** One that waits without its code gets it back, so that it hears the signal. */
  async #targets(caller: Caller, input: SyscallInput<'process.signal'>): Promise<Process[]> {
    const { live, view, dormancy } = this.#options;
    const { pid, signal, scope } = input;
    if (!view.seesAlive(caller, pid)) {
      const { state } = await view.get(caller, pid);
      throw new AiosError(
        'failed_precondition',
        `Process ${pid} has ${state}; it hears no signals any more.`,
      );
    }
    const named = await dormancy().rouse(pid);
    if (named === undefined) return [];
    const reach = scope ?? (signal === 'interrupt' ? 'process' : 'tree');
    if (reach === 'process') return [named];
    if (reach === 'tree') {
      const family = await Promise.all(
        [...live.tree.withDescendants(pid)].map((member) => dormancy().rouse(member)),
      );
      return family.filter((process) => process !== undefined);
    }
    const members = await view.list(caller, { group: named.group, limit: maxGroup });
    const group = await Promise.all(members.map((member) => dormancy().rouse(member.pid)));
    return group.filter((process) => process !== undefined);
  }

  /** What must be known after a crash. */
  async #record(
    transaction: Transaction<Tables>,
    process: Process,
    signal: SignalName,
    sending: Sending,
  ): Promise<StoredSignal | undefined> {
    if (signal === 'interrupt' || signal === 'terminate') {
      return await process.signals.record(transaction, said(signal, sending));
    }
    if (signal !== 'kill') {
      await this.#options.store.markSuspended(transaction, process.pid, signal === 'suspend');
    }
    return undefined;
  }

  #send(process: Process, signal: SignalName, sending: Sending, stored: StoredSignal | undefined): void {
    switch (signal) {
      case 'kill':
        process.stop('killed', new AiosError('cancelled', `Process killed: ${sending.reason}`));
        break;
      case 'terminate':
        process.signals.take(said(signal, sending), stored);
        this.terminate(process, sending.reason, sending.graceMs);
        break;
      case 'interrupt':
        process.signals.take(said(signal, sending), stored);
        this.#options.waits.notify(signalsOf(process.pid));
        break;
      case 'suspend':
        process.life.suspend(sending.reason);
        break;
      case 'resume':
        process.life.resume(sending.reason);
        break;
    }
  }

  #publish({ options }: Process, signal: SignalName, { sender, reason }: Sending): void {
    this.#options.events.publish(
      {
        type: 'process-signalled',
        pid: options.pid,
        agent: options.agent.manifest.name,
        signal,
        ...(sender !== undefined && { sender }),
        ...(signal !== 'interrupt' && { reason }),
      },
      options.principal.tenant,
    );
  }
}

function heeds({ life, stopped }: Process, signal: SignalName): boolean {
  if (stopped !== undefined || isFinal(life.state)) return false;
  if (signal === 'resume') return life.isSuspended;
  return signal !== 'suspend' || (!life.isSuspended && life.state !== 'created');
}

function said(signal: ProcessSignal['signal'], { message, sender }: Sending): ProcessSignal {
  return { signal, message, ...(sender !== undefined && { sender }), sentAt: new Date().toISOString() };
}

function reasonOf(signal: SignalName, message: JsonValue): string {
  if (typeof message === 'string' && message !== '') return message;
  return signal === 'interrupt' ? 'a message' : `signal ${signal}`;
}
