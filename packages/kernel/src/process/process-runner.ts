// Runs processes from their start to their end. Guarantee: an end is on disk before anybody hears of it.

import { AiosError, jsonValue, toAiosError } from '@aios/protocol';
import type { BudgetLedger } from '../access/index.ts';
import { type CallRequest, untilAborted } from '../syscall/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import type { ProcessJournal } from './journal/index.ts';
import { type Adoption, type Exit, ended, isFinal, succeeded } from './lifecycle/index.ts';
import type { LiveProcesses } from './live-processes.ts';
import type { Process, RuntimeName } from './process.ts';
import { createProcessLine } from './process-line.ts';
import type { ProcessStore } from './process-store.ts';
import type { Runtime } from './runtime/runtime.ts';

export interface ProcessRunnerOptions {
  readonly live: LiveProcesses;
  readonly store: ProcessStore;
  readonly journal: ProcessJournal;
  readonly runtimes: Readonly<Record<RuntimeName, Runtime>>;
  readonly ledger: BudgetLedger;
  readonly events: EventBus;
  readonly logger: Logger;
  /** The path of a system call, for the processes’ own calls. */
  readonly run: (request: CallRequest) => Promise<unknown>;
}

export class ProcessRunner {
  readonly #options: ProcessRunnerOptions;

  constructor(options: ProcessRunnerOptions) {
    this.#options = options;
  }

  /** Starts a process that is on record; it is alive when this returns. */
  start(process: Process, parent: Process | undefined, cause: string): void {
    const { ledger, events, live } = this.#options;
    const { pid, parentPid, budget, agent, principal, durable } = process.options;
    live.add(process, parent?.pid);
    ledger.open({
      pid,
      parent: parent?.pid,
      tenant: principal.tenant,
      agent: agent.manifest.name,
      budget,
      durable,
    });
    events.publish(
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
    process.life.move('admit', `waits for the ${process.options.runtime} runtime`);
    void this.#supervise(process);
  }

  async #supervise(process: Process): Promise<void> {
    const exit = await this.#execute(process);
    process.stop(
      'ended',
      new AiosError('stale_fence', `Process ${process.pid} has ended; its late call is refused.`),
    );
    if (exit !== undefined) await this.#recordExit(process, exit);
    this.#options.ledger.close(process.pid, { isOver: exit !== undefined });
    this.#options.journal.forget(process.pid);
    const adoption = this.#options.live.remove(process.pid);
    if (exit !== undefined) this.#tellOrphans(process, adoption);
    process.announceExit();
  }

  /** Runs the agent; no exit for a process that is parked for the next boot. */
  async #execute(process: Process): Promise<Exit | undefined> {
    const { gate } = process.life;
    const { journal } = this.#options;
    try {
      await gate.pass(process.signal);
      const running = this.#run(process);
      const output = await untilAborted(running, process.signal);
      journal.checkEnd(process.pid);
      await gate.pass(process.signal);
      return succeeded(jsonValue.parse(output ?? null));
    } catch (error) {
      return await this.#exitOf(process, error);
    }
  }

  async #exitOf(process: Process, thrown: unknown): Promise<Exit | undefined> {
    const isStopped = await process.life.gate.pass(process.signal).then(
      () => process.stopped !== undefined,
      () => true,
    );
    if (process.stopped === 'parked') return undefined;
    if (isStopped || process.ending.aborted) return ended('killed', toAiosError(process.ending.reason));
    return ended('failed', toAiosError(thrown));
  }

  #run(process: Process): Promise<unknown> {
    const { runtimes, run } = this.#options;
    const { agent, input, runtime } = process.options;
    return runtimes[runtime].run({
      pid: process.pid,
      entry: agent.entry,
      input,
      line: createProcessLine(process, run),
      signal: process.signal,
      ending: process.ending,
      onSignal: process.signals.feed.listen,
      started: () => {
        // A thread may still say so of a process that was killed in the meantime.
        if (process.stopped !== undefined) return;
        process.startedAt = process.options.firstStartedAt ?? Date.now();
        process.life.start('started');
        this.#countTime(process, process.startedAt);
      },
    });
  }

  async #recordExit(process: Process, exit: Exit): Promise<void> {
    const { store, logger } = this.#options;
    try {
      await store.markEnded(process, exit, this.#options.ledger.used(process.pid));
    } catch (error) {
      logger.error(
        { error, pid: process.pid },
        'the end of a process could not be recorded; it counts as unfinished',
      );
    }
    if (isFinal(process.state)) return;
    if (exit.state === 'succeeded') process.life.move('succeed', 'the agent returned');
    else process.life.move(exit.state === 'killed' ? 'kill' : 'fail', exit.error.detail);
  }

  #tellOrphans({ pid }: Process, { orphans, adopter }: Adoption): void {
    const { live, events } = this.#options;
    for (const orphan of orphans.flatMap((each) => live.get(each) ?? [])) {
      const { principal, agent } = orphan.options;
      events.publish(
        {
          type: 'process-adopted',
          pid: orphan.pid,
          agent: agent.manifest.name,
          from: pid,
          ...(adopter !== undefined && { by: adopter }),
        },
        principal.tenant,
      );
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
