// Agents that start with the kernel, as the configuration says. Guarantees: each has one process, which goes on or is started
// again as any other, over restarts of the kernel; none is started before those that it comes after are healthy.

import {
  type KernelEvent,
  type Permission,
  type Pid,
  type ProcessHealth,
  type SyscallInput,
  syscalls,
} from '@aios/protocol';
import type { ServiceEntry } from '../../config/index.ts';
import type { Caller, Commit } from '../../syscall/index.ts';
import type { EventBus, Logger } from '../../telemetry/index.ts';
import type { ServiceStore } from './service-store.ts';

export interface ServicesOptions {
  readonly entries: readonly ServiceEntry[];
  readonly store: ServiceStore;
  readonly operator: () => Caller;
  readonly events: EventBus;
  readonly logger: Logger;
  /** How a process that lives is; undefined for one that does not. */
  readonly healthOf: (pid: Pid) => ProcessHealth | undefined;
  readonly spawn: (
    caller: Caller,
    request: SyscallInput<'process.spawn'>,
    commit: Commit<{ pid: Pid }>,
    cause: string,
  ) => Promise<{ pid: Pid }>;
}

const telling: readonly KernelEvent['type'][] = ['process-changed', 'syscall-settled'];

export class Services {
  readonly #options: ServicesOptions;
  readonly #closing = new AbortController();
  #starting: Promise<unknown> = Promise.resolve();

  constructor(options: ServicesOptions) {
    this.#options = options;
  }

  /** Begins to start what is not there; those that come after others follow when these are healthy. */
  open(): void {
    this.#starting = Promise.all(this.#options.entries.map((entry) => this.#follow(entry)));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#starting;
  }

  async #follow(entry: ServiceEntry): Promise<void> {
    const { logger } = this.#options;
    try {
      for (const needed of entry.after) await this.#whenHealthy(needed);
      if (!this.#closing.signal.aborted) await this.#start(entry);
    } catch (error) {
      logger.error({ error, service: entry.name }, 'a service could not be started');
    }
  }

  async #start({ name, agent, input, durable, restart, permissions }: ServiceEntry): Promise<void> {
    const { store, spawn, operator } = this.#options;
    if ((await store.find(name))?.isThere) return;
    const request = syscalls['process.spawn'].input.parse({
      agent,
      input,
      durable,
      restart: { policy: restart },
      ...(permissions && { permissions: permissions satisfies Permission[] }),
    });
    await spawn(
      operator(),
      request,
      (job) => store.start(name, job),
      `started with the kernel as service ${name}`,
    );
  }

  /** Resolves when the service works, or has done what it was to do, or nothing is waited for any more. */
  async #whenHealthy(name: string): Promise<void> {
    const { events } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const change = Promise.withResolvers<void>();
      using _subscription = events.subscribe(() => change.resolve(), telling);
      signal.addEventListener('abort', () => change.resolve(), { once: true });
      if (await this.#isHealthy(name)) return;
      await change.promise;
    }
  }

  async #isHealthy(name: string): Promise<boolean> {
    const process = await this.#options.store.find(name);
    if (process === undefined) return false;
    return process.hasSucceeded || this.#options.healthOf(process.pid) === 'healthy';
  }
}
