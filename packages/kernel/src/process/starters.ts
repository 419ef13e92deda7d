// What starts processes by itself: restarts of those that have ended, schedules, triggers, services.

import { pid as pidSchema } from '@aios/protocol';
import type { Clock } from '../clock/index.ts';
import type { ServiceEntry } from '../config/index.ts';
import type { Database } from '../database/index.ts';
import type { Caller, HandlersOf } from '../syscall/index.ts';
import type { EventBus, Logger } from '../telemetry/index.ts';
import type { AgentRegistry } from './agent-registry.ts';
import { type Mailboxes, type MailboxStore, mailboxOf } from './mailbox/index.ts';
import type { OnEnd } from './process-store.ts';
import type { ProcessTable } from './process-table.ts';
import { ScheduleStore, Schedules, scheduleHandlers } from './schedule/index.ts';
import { ServiceStore, Services } from './service/index.ts';
import { Supervisor } from './supervision/index.ts';
import { type Files, TriggerStore, Triggers, triggerHandlers } from './trigger/index.ts';
import type { Timers } from './wait/index.ts';

export interface StartersOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly registry: AgentRegistry;
  readonly mailboxStore: MailboxStore;
  readonly mailboxes: () => Mailboxes;
  readonly table: () => ProcessTable;
  /** What starts with the kernel. */
  readonly services: readonly ServiceEntry[];
  /** For whom services run. */
  readonly operator: () => Caller;
  /** The files that triggers watch. */
  readonly files: Files;
  /** A variable of the secret store or the environment. */
  readonly secret: (name: string) => string | undefined;
}

export interface Starters {
  readonly handlers: HandlersOf<'schedule' | 'trigger'>;
  readonly supervisor: Supervisor;
  /** Takes a webhook in; see `Triggers`. */
  readonly receive: Triggers['receive'];
  /** What else changes with the end of a process: its mail is handed over, it may be started again, triggers may fire. */
  readonly onEnd: OnEnd;
  /** To be called before processes are brought back: some may turn out to have ended. */
  load(): Promise<void>;
  open(): Promise<void>;
  /** Starts nothing more. */
  close(): Promise<void>;
}

export function createStarters(options: StartersOptions): Starters {
  const { database, registry, mailboxStore, mailboxes, table } = options;
  const spawn: ProcessTable['spawn'] = (caller, request, commit, cause) =>
    table().spawn(caller, request, commit, cause);
  const supervisor = new Supervisor({
    ...options,
    replace: (row, supervision, commit) => table().replace(row, supervision, commit),
  });
  const schedules = new Schedules({
    ...options,
    store: new ScheduleStore(database),
    checkAgent: async (agent, tenant) => void (await registry.find(agent, tenant)),
    spawn,
  });
  const triggers = new Triggers({
    ...options,
    store: new TriggerStore(database),
    nameOf: async (agent, tenant) => (await registry.find(agent, tenant)).manifest.name,
    lives: (tenant, agent) => table().hasLiving(tenant, agent),
    listen: (topic, onChange) => table().waits.listen(topic, onChange),
    spawn,
    send: (caller, to, content, commit) => {
      const input = { to, content, isQuestion: false, waitMs: 0 };
      return mailboxes().send(caller, input, commit, AbortSignal.any([]));
    },
  });
  const services = new Services({
    ...options,
    entries: options.services,
    store: new ServiceStore(database),
    healthOf: (pid) => table().healthOf(pid),
    spawn,
  });
  return {
    handlers: { ...scheduleHandlers(schedules), ...triggerHandlers(triggers) },
    supervisor,
    receive: (trigger, request) => triggers.receive(trigger, request),
    async onEnd(transaction, row) {
      const { pid, agent, tenant } = row;
      const from = mailboxOf.process(pidSchema.parse(pid));
      await mailboxStore.handOver(transaction, tenant, from, mailboxOf.agent(agent));
      const after = [await supervisor.onEnd(transaction, row), await triggers.onEnd(transaction, row)];
      return () => {
        for (const job of after) job();
      };
    },
    load: () => triggers.load(),
    async open() {
      await supervisor.open();
      await schedules.open();
      await triggers.open();
      services.open();
    },
    async close() {
      await Promise.all([services.close(), schedules.close(), triggers.close(), supervisor.close()]);
    },
  };
}
