// Runs processes from their start to their end. Guarantee: an end is on disk before anybody hears of it.

import { AiosError, jsonValue, type Pid, type RuntimeName, type TenantId, toAiosError } from '@aios/protocol';
import type { BudgetLedger } from '../access/index.ts';
import { type CallRequest, untilAborted } from '../syscall/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import type { ProcessJournal } from './journal/index.ts';
import { type Adoption, type Exit, ended, isFinal, lost, succeeded } from './lifecycle/index.ts';
import type { LiveProcesses } from './live-processes.ts';
import { mailboxOf, topicOf } from './mailbox/index.ts';
import type { Process } from './process.ts';
import { createProcessLine } from './process-line.ts';
import type { ProcessStore } from './process-store.ts';
import type { Relocation } from './relocation.ts';
import { BrokenRuntime } from './runtime/broken-runtime.ts';
import type { Runtime } from './runtime/runtime.ts';
import type { WaitSets } from './wait/index.ts';
import { endOf } from './wait-sources.ts';

export interface ProcessRunnerOptions {
  readonly live: LiveProcesses;
  readonly store: ProcessStore;
  readonly journal: ProcessJournal;
  readonly runtimes: Readonly<Record<RuntimeName, Runtime>>;
  readonly ledger: BudgetLedger;
  readonly waits: WaitSets;
  readonly relocation: Relocation;
  readonly events: EventBus;
  readonly logger: Logger;
  /** A process has begun anew on disk: its code is to run again. */
  readonly onRunOver: (process: Process) => void;
  /** The path of a system call, for the processes’ own calls. */
  readonly run: (request: CallRequest) => Promise<unknown>;
}

export class ProcessRunner {
  readonly #options: ProcessRunnerOptions;
  /** Code that is to run waits for it, while there is one. */
  #release: PromiseWithResolvers<void> | undefined;

  constructor(options: ProcessRunnerOptions) {
    this.#options = options;
  }

  /** Lets no agent’s code run until the result is disposed: processes that are resumed together find each other alive. */
  pause(): Disposable {
    const release = Promise.withResolvers<void>();
    this.#release = release;
    return {
      [Symbol.dispose]: () => {
        this.#release = undefined;
        release.resolve();
      },
    };
  }

  /** Starts a process that is on record, or whose code was dropped; it is alive when this returns. */
  start(process: Process, parent: Pid | undefined, cause: string): void {
    const { live } = this.#options;
    const { pid, budget, agent, principal, durable, runtime } = process.options;
    live.add(process, parent);
    if (process.state === 'waiting') {
      process.life.move('restore', cause);
    } else {
      this.#options.ledger.open({
        pid,
        parent,
        tenant: principal.tenant,
        agent: agent.manifest.name,
        budget,
        durable,
      });
      this.#publishCreated(process, cause);
      process.life.move('admit', `waits for the ${runtime} runtime`);
    }
    void this.#supervise(process);
  }

  #publishCreated({ options }: Process, cause: string): void {
    const { pid, parentPid, agent, principal } = options;
    this.#options.events.publish(
      {
        type: 'process-changed',
        pid,
        agent: agent.manifest.name,
        ...(parentPid !== undefined && { parent: parentPid }),
        to: 'created',
        cause,
      },
      principal.tenant,
    );
  }

  async #supervise(process: Process): Promise<void> {
    const exit = await this.#execute(process);
    if (process.stopped === 'dropped') return process.announceExit();
    process.stop(
      'ended',
      new AiosError('stale_fence', `Process ${process.pid} has ended; its late call is refused.`),
    );
    if (exit !== undefined) await this.#recordExit(process, exit);
    const { pid, options } = process;
    this.leave(
      { pid, agent: options.agent.manifest.name, tenant: options.principal.tenant },
      exit !== undefined,
    );
    process.announceExit();
  }

  /** A process is alive no longer. `isOver`: it has ended; else it goes on in another kernel. */
  leave({ pid, agent, tenant }: { pid: Pid; agent: string; tenant: TenantId }, isOver: boolean): void {
    const { ledger, journal, live, waits } = this.#options;
    ledger.close(pid, { isOver });
    journal.forget(pid);
    const adoption = live.remove(pid);
    if (!isOver) return;
    this.#tellOrphans(pid, tenant, adoption);
    waits.notify(endOf(pid));
    // Its mail is for others of its name now.
    waits.notify(topicOf(tenant, mailboxOf.agent(agent)));
  }

  /** Runs the agent; no exit for a process that is parked for the next boot. */
  async #execute(process: Process): Promise<Exit | undefined> {
    const { gate } = process.life;
    const { journal } = this.#options;
    try {
      await this.#release?.promise;
      await gate.pass(process.signal);
      const running = this.#run(process);
      const output = await untilAborted(running, process.signal);
      journal.checkEnd(process.pid);
      await gate.pass(process.signal);
      return succeeded(jsonValue.parse(output ?? null));
    } catch (error) {
      const isBroken = error instanceof BrokenRuntime;
      const exit = isBroken ? await this.#options.relocation.begin(process, error) : undefined;
      return exit ?? (await this.#exitOf(process, error));
    }
  }

  async #exitOf(process: Process, thrown: unknown): Promise<Exit | undefined> {
    const isStopped = await process.life.gate.pass(process.signal).then(
      () => process.stopped !== undefined,
      () => true,
    );
    if (process.stopped === 'parked' || process.stopped === 'dropped') return undefined;
    if (process.stopped === 'interrupted') return lost('the kernel closed while it ran');
    if (isStopped || process.ending.aborted) return ended('killed', toAiosError(process.ending.reason));
    return ended('failed', toAiosError(thrown));
  }

  #run(process: Process): Promise<unknown> {
    const { runtimes, run, onRunOver } = this.#options;
    const { agent, input, runtime } = process.options;
    return runtimes[runtime].run({
      pid: process.pid,
      agent: agent.manifest.name,
      tenant: process.options.principal.tenant,
      isDurable: process.options.durable,
      entry: agent.entry,
      input,
      line: createProcessLine(process, run, onRunOver),
      signal: process.signal,
      isDropped: () => process.stopped === 'dropped',
      ending: process.ending,
      isSuspect: (process.options.breaks ?? 0) > 0,
      onSignal: process.signals.feed.listen,
      started: () => {
        // A thread may still say so of a process that was killed in the meantime.
        if (process.stopped !== undefined) return;
        process.startedAt = process.options.firstStartedAt ?? Date.now();
        process.life.start('started');
        this.#countTime(process, process.startedAt);
      },
      printed: (stream, text) => this.#publishPrinted(process, stream, text),
    });
  }

  #publishPrinted({ options }: Process, stream: 'stdout' | 'stderr', text: string): void {
    const { pid, agent, principal } = options;
    const event = { type: 'process-printed', pid, agent: agent.manifest.name, stream, text } as const;
    this.#options.events.publish(event, principal.tenant);
  }

  async #recordExit(process: Process, exit: Exit): Promise<void> {
    const { store, logger } = this.#options;
    try {
      const { pid, startedAt, options } = process;
      await store.markEnded({ pid, fence: options.fence, startedAt }, exit, this.#options.ledger.used(pid));
    } catch (error) {
      logger.error(
        { error, pid: process.pid },
        'the end of a process could not be recorded; it counts as unfinished',
      );
    }
    if (isFinal(process.state)) return;
    if (exit.state === 'succeeded') process.life.move('succeed', 'the agent returned');
    else process.life.move(happenings[exit.state], exit.error.detail);
  }

  #tellOrphans(pid: Pid, tenant: TenantId, { orphans, adopter }: Adoption): void {
    const { live, events } = this.#options;
    for (const orphan of orphans) {
      const agent = live.get(orphan)?.options.agent.manifest.name ?? live.getDormant(orphan)?.agent ?? '';
      const by = adopter === undefined ? {} : { by: adopter };
      events.publish({ type: 'process-adopted', pid: orphan, agent, from: pid, ...by }, tenant);
    }
  }

  #countTime({ caller, options }: Process, startedAt: number): void {
    const { ledger, store, logger } = this.#options;
    ledger.started(caller, startedAt);
    if (!options.durable || options.firstStartedAt !== undefined || !ledger.isTimed(caller)) return;
    store.markStarted(options.pid, options.fence, startedAt).catch((error: unknown) => {
      logger.error({ error, pid: options.pid }, 'the start of a process could not be recorded');
    });
  }
}

const happenings = { failed: 'fail', killed: 'kill', lost: 'lose' } as const;
