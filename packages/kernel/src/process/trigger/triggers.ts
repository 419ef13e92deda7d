// Agents that are started, or told, when something happens. Guarantees: a trigger is on disk when its creator hears so; what
// happens is on disk before it is delivered, and delivered once, in the transaction that says so, whenever the kernel dies;
// what happened while no kernel ran is found at the next boot, as far as its source keeps it.

import { randomUUID } from 'node:crypto';
import {
  AiosError,
  type JsonValue,
  type Pid,
  pid as pidSchema,
  type SyscallInput,
  type SyscallOutput,
  type TenantId,
  toAiosError,
} from '@aios/protocol';
import type { Transaction } from 'kysely';
import type { Clock } from '../../clock/index.ts';
import type { Tables } from '../../database/index.ts';
import type { Caller, Commit } from '../../syscall/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { mailboxOf, topicOf } from '../mailbox/index.ts';
import type { ProcessRow } from '../process-store.ts';
import { ExitWatch } from './exit-watch.ts';
import { baseOf, changesOf, type FileSource, type Files, lookAtFiles, recordChanges } from './file-source.ts';
import { Pace } from './pace.ts';
import {
  callerOf,
  requestOf,
  sourceOf,
  type TriggerEvent,
  type TriggerRow,
  type TriggerStore,
  webhookPath,
} from './trigger-store.ts';
import { checkSignature, deliveryOf, type WebhookRequest, webhookEvent } from './webhook.ts';

export interface TriggersOptions {
  readonly store: TriggerStore;
  readonly files: Files;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A variable of the secret store or the environment. */
  readonly secret: (name: string) => string | undefined;
  /** The name of an agent. Throws unless there is one. */
  readonly nameOf: (agent: string, tenant: TenantId) => Promise<string>;
  /** Whether a process of an agent lives. */
  readonly lives: (tenant: string, agent: string) => boolean;
  /** Calls back when something under the topic has changed. */
  readonly listen: (topic: string, onChange: () => void) => Disposable;
  readonly spawn: (
    caller: Caller,
    request: SyscallInput<'process.spawn'>,
    commit: Commit<{ pid: Pid }>,
    cause: string,
  ) => Promise<{ pid: Pid }>;
  readonly send: (
    caller: Caller,
    to: string,
    content: JsonValue,
    commit: Commit<{ id: number }>,
  ) => Promise<unknown>;
}

interface Open {
  readonly row: TriggerRow;
  readonly pace: Pace;
  readonly sources: DisposableStack;
  /** What is done for it, one after the other. */
  queue: Promise<void>;
}

const retryMs = 10_000;
const closing = () => new AiosError('unavailable', 'The kernel is closing and takes nothing new.');

export class Triggers {
  readonly #options: TriggersOptions;
  readonly #exits: ExitWatch;
  readonly #open = new Map<number, Open>();
  readonly #closing = new AbortController();

  constructor(options: TriggersOptions) {
    this.#options = options;
    this.#exits = new ExitWatch(options.store);
  }

  /** Notes what ends count, before processes are brought back, some of which may turn out to have ended. */
  async load(): Promise<void> {
    for (const row of await this.#options.store.all()) this.#add(row);
  }

  /** Begins to watch, and delivers what has happened meanwhile. */
  async open(): Promise<void> {
    await this.#options.store.sweep(this.#options.clock.now());
    for (const open of this.#open.values()) this.#begin(open);
  }

  async create(
    caller: Caller,
    input: SyscallInput<'trigger.create'>,
    commit: Commit<SyscallOutput<'trigger.create'>>,
  ): Promise<SyscallOutput<'trigger.create'>> {
    const { store, clock, nameOf, files } = this.#options;
    const { agent, on, deliver, maxPerMinute, ...rest } = input;
    this.#check(input);
    const row = {
      tenant: caller.tenant,
      owner: caller.user,
      agent: await nameOf(agent, caller.tenant),
      source: JSON.stringify(on),
      deliver,
      request: JSON.stringify({ agent, ...rest }),
      policy: JSON.stringify(caller.policy.layers),
      caller_budgets: JSON.stringify(caller.budgets ?? []),
      max_per_minute: maxPerMinute,
      seen_mail: null,
      last_at: null,
      last_pid: null,
      last_error: null,
    };
    // Files that are there already have not changed.
    const known = on.kind === 'file' ? await lookAtFiles(files, on, caller, this.#closing.signal) : undefined;
    const created = await commit(async (transaction) => {
      const id = await store.add(transaction, row);
      if (known !== undefined) {
        await recordChanges(
          transaction,
          store,
          id,
          { changed: known, deleted: [], event: undefined },
          clock.now(),
        );
      }
      return { id, ...(on.kind === 'webhook' && { url: webhookPath(id) }) };
    });
    this.#begin(this.#add({ ...row, id: created.id }));
    return created;
  }

  async delete(
    caller: Caller,
    id: number,
    commit: Commit<Record<string, never>>,
  ): Promise<Record<string, never>> {
    const answer = await commit(async (transaction) => {
      if (await this.#options.store.remove(transaction, id, caller)) return {};
      throw new AiosError('not_found', `There is no trigger ${id}. "aios triggers list" shows them.`);
    });
    this.#open.get(id)?.sources[Symbol.dispose]();
    this.#open.delete(id);
    this.#exits.remove(id);
    return answer;
  }

  /**
   * Takes a webhook in: on disk when it resolves. Throws `not_found` where there is no such webhook and `unauthenticated` where it
   * is not signed as it must be.
   */
  async receive(id: number, request: WebhookRequest): Promise<{ delivery: string; isNew: boolean }> {
    const { store, clock, secret: secretOf } = this.#options;
    this.#refuseWhenClosing();
    const open = this.#open.get(id);
    const source = open && sourceOf(open.row);
    if (open === undefined || source?.kind !== 'webhook') {
      throw new AiosError('not_found', `No webhook is received at ${webhookPath(id)}.`);
    }
    const secret = secretOf(source.secret) ?? '';
    if (secret === '') throw noSecret(source.secret);
    checkSignature(request, secret, clock.now());
    const delivery = deliveryOf(request) ?? randomUUID();
    const event = { delivery, event: webhookEvent(request, delivery) };
    const isNew = await store.write((transaction) => store.put(transaction, id, event, clock.now()));
    if (isNew) this.#enqueue(open, () => this.#deliverAll(open));
    return { delivery, isNew };
  }

  /** Puts the end of a process on record for those that wait for it; what it gives is done once that is on disk. */
  async onEnd(transaction: Transaction<Tables>, row: ProcessRow): Promise<() => void> {
    const triggers = await this.#exits.onEnd(transaction, row, this.#options.clock.now());
    return () => {
      for (const open of triggers.flatMap((id) => this.#open.get(id) ?? [])) {
        this.#enqueue(open, () => this.#deliverAll(open));
      }
    };
  }

  async close(): Promise<void> {
    this.#closing.abort(closing());
    for (const { sources } of this.#open.values()) sources[Symbol.dispose]();
    await Promise.allSettled([...this.#open.values()].map(({ queue }) => queue));
  }

  readonly list = async (caller: Caller, limit: number): Promise<SyscallOutput<'trigger.list'>> => ({
    triggers: await this.#options.store.list(caller, limit),
  });

  #check({ on, deliver }: SyscallInput<'trigger.create'>): void {
    this.#refuseWhenClosing();
    if (on.kind === 'message' && deliver === 'message') {
      throw new AiosError('invalid_argument', 'Mail is in the mailbox already: leave "deliver" out.');
    }
    if (on.kind === 'webhook' && !this.#options.secret(on.secret)) throw noSecret(on.secret);
  }

  #refuseWhenClosing(): void {
    if (this.#closing.signal.aborted) throw closing();
  }

  #add(row: TriggerRow): Open {
    const open = {
      row,
      pace: new Pace(row.max_per_minute),
      sources: new DisposableStack(),
      queue: Promise.resolve(),
    };
    this.#open.set(row.id, open);
    const source = sourceOf(row);
    if (source.kind === 'exit') this.#exits.add({ trigger: row.id, tenant: row.tenant, source });
    return open;
  }

  #begin(open: Open): void {
    const { row, sources } = open;
    const source = sourceOf(row);
    if (source.kind === 'message') {
      const mailbox = topicOf(row.tenant, mailboxOf.agent(row.agent));
      const look = () => this.#enqueue(open, () => this.#lookAtMail(open));
      sources.use(this.#options.listen(mailbox, look));
      look();
    }
    if (source.kind === 'file') this.#enqueue(open, () => this.#watchFiles(open, source));
    this.#enqueue(open, () => this.#deliverAll(open));
  }

  #enqueue(open: Open, job: () => Promise<void>): void {
    open.queue = open.queue.then(async () => {
      if (this.#closing.signal.aborted || !this.#open.has(open.row.id)) return;
      await job().catch((error: unknown) => {
        if (this.#closing.signal.aborted) return;
        this.#options.logger.error({ error, trigger: open.row.id }, 'a trigger could not be followed');
        this.#later(open, retryMs);
      });
    });
  }

  /** What is on record is looked at again after a while. */
  #later(open: Open, delayMs: number): void {
    open.sources.defer(
      this.#options.clock.after(delayMs, () => this.#enqueue(open, () => this.#deliverAll(open))),
    );
  }

  async #watchFiles(open: Open, source: FileSource): Promise<void> {
    const { files, clock } = this.#options;
    let cancel: (() => void) | undefined;
    const look = () => this.#enqueue(open, () => this.#lookAtFiles(open, source));
    const onChange = () => {
      cancel?.();
      cancel = clock.after(source.debounceMs, look);
    };
    const watching = await files.watch(open.row.tenant, baseOf(source), onChange);
    if (open.sources.disposed) return watching[Symbol.dispose]();
    open.sources.use(watching);
    open.sources.defer(() => cancel?.());
    look();
  }

  async #lookAtFiles(open: Open, source: FileSource): Promise<void> {
    const { store, files, clock } = this.#options;
    const { id } = open.row;
    const now = await lookAtFiles(files, source, callerOf(open.row), this.#closing.signal);
    const changes = changesOf(source, await store.files(id), now);
    if (changes === undefined) return;
    await store.write((transaction) => recordChanges(transaction, store, id, changes, clock.now()));
    await this.#deliverAll(open);
  }

  /** Mail that a process left lying is no reason to start another one; mail that came since is. */
  async #lookAtMail(open: Open): Promise<void> {
    const { store, clock, lives } = this.#options;
    const { id, tenant, agent } = open.row;
    if (lives(tenant, agent)) return;
    const mail = await store.mail(tenant, mailboxOf.agent(agent));
    const seen = JSON.stringify(mail);
    if (mail === undefined || (await store.find(id))?.seen_mail === seen) return;
    await store.write(async (transaction) => {
      await store.setSeenMail(transaction, id, seen);
      await store.put(
        transaction,
        id,
        { delivery: `mail ${mail.oldest} ${mail.newest}`, event: null },
        clock.now(),
      );
    });
    await this.#deliverAll(open);
  }

  async #deliverAll(open: Open): Promise<void> {
    const { store, clock } = this.#options;
    for (;;) {
      const event = await store.next(open.row.id);
      if (event === undefined || this.#closing.signal.aborted) return;
      const waitMs = open.pace.waitMs(clock.now());
      if (waitMs > 0) return this.#later(open, waitMs);
      if (!(await this.#deliver(open, event))) return this.#later(open, retryMs);
      open.pace.note(clock.now());
    }
  }

  /** False where it is to be tried again. */
  async #deliver({ row }: Open, event: TriggerEvent): Promise<boolean> {
    const { store, clock } = this.#options;
    const { id } = row;
    try {
      if (row.deliver === 'message') await this.#tell(row, event);
      else await this.#start(row, event);
      return true;
    } catch (error) {
      if (error instanceof AlreadyDone) return true;
      const { code, message } = toAiosError(error);
      const isPassing = code === 'unavailable' || code === 'rate_limited';
      await store.write(async (transaction) => {
        await store.note(transaction, id, { last_at: clock.now(), last_error: message });
        if (!isPassing) await store.done(transaction, id, event, clock.now());
      });
      return !isPassing;
    }
  }

  async #start(row: TriggerRow, { delivery, event }: TriggerEvent): Promise<void> {
    const { spawn } = this.#options;
    const request = requestOf(row);
    const input = event === null ? request.input : inputWith(request.input, event);
    const source = sourceOf(row).kind;
    await spawn(
      callerOf(row),
      { ...request, input },
      (job) => this.#once(row, { delivery, event }, job, ({ pid }) => pid),
      `started by trigger ${row.id}: ${source}`,
    );
  }

  async #tell(row: TriggerRow, { delivery, event }: TriggerEvent): Promise<void> {
    const content = inputWith(requestOf(row).input, event);
    await this.#options.send(callerOf(row), row.agent, content, (job) =>
      this.#once(row, { delivery, event }, job, () => undefined),
    );
  }

  /** Does the job and says that the event is delivered, both or neither. */
  async #once<Output>(
    row: TriggerRow,
    event: TriggerEvent,
    job: (transaction: Transaction<Tables>) => Promise<Output>,
    pidOf: (output: Output) => Pid | undefined,
  ): Promise<Output> {
    const { store, clock } = this.#options;
    return await store.write(async (transaction) => {
      const now = clock.now();
      if (!(await store.done(transaction, row.id, event, now))) throw new AlreadyDone();
      const output = await job(transaction);
      const pid = pidOf(output);
      const started = pid !== undefined && { last_pid: pidSchema.parse(pid) };
      await store.note(transaction, row.id, { last_at: now, ...started, last_error: null });
      return output;
    });
  }
}

class AlreadyDone extends Error {}

/** The event, or what was given with the event in its field `event`. */
function inputWith(given: JsonValue, event: JsonValue): JsonValue {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  return isObject ? { ...given, event } : event;
}

function noSecret(name: string): AiosError {
  return new AiosError(
    'failed_precondition',
    `The secret ${name} of the webhook is not set. Set it with: aios env set ${name}`,
    { disposition: 'operator' },
  );
}
