// What the tests of kept conversations share: the module over a database, and processes that are only rows.

import {
  AiosError,
  type ChatMessage,
  type Pid,
  type ProcessDescription,
  pid as pidSchema,
  type SyscallInput,
  type SyscallOutput,
  type SyscallRequest,
  syscalls,
  tenantId,
  userId,
} from '@aios/protocol';
import { everything } from '../../access/policy.fixture.ts';
import type { Database } from '../../database/index.ts';
import type { Caller, SyscallContext, SyscallHandler } from '../../syscall/index.ts';
import { createLogger, EventBus } from '../../telemetry/index.ts';
import { processRow } from '../process-row.fixture.ts';
import { type Contexts, createContexts } from './contexts.ts';
import type { CheckpointHandlers } from './handlers.ts';
import type { ContextPolicy } from './sweep.ts';

type Name = keyof CheckpointHandlers;

export interface World {
  readonly contexts: Contexts;
  readonly events: EventBus;
  readonly policy: { -readonly [Key in keyof ContextPolicy]: ContextPolicy[Key] };
  readonly database: Database;
  now: number;
  /** Puts a process on record and gives its caller. */
  spawn(options?: { user?: string; tenant?: string; agent?: string; parent?: Caller }): Promise<Caller>;
  end(process: Caller): Promise<void>;
  call<Called extends Name>(
    who: Caller,
    name: Called,
    input: SyscallRequest<Called>,
  ): Promise<SyscallOutput<Called>>;
  /** The texts of a conversation as it is. */
  texts(who: Caller, conversation?: string): Promise<string[]>;
}

export function user(name: string, tenant = 'default'): Caller {
  return { tenant: tenantId.parse(tenant), user: userId.parse(name), policy: everything };
}

export function say(text: string): ChatMessage {
  return { role: 'user', content: text };
}

export function pidOf({ process }: Caller): Pid {
  if (process === undefined) throw new Error('The caller is no process.');
  return process.pid;
}

function contextOf<Called extends Name>(database: Database, caller: Caller): SyscallContext<Called> {
  return {
    call: '1',
    caller,
    signal: new AbortController().signal,
    invoke: () => Promise.reject(new Error('contexts make no calls')),
    invokeBehind: () => Promise.reject(new Error('contexts make no calls')),
    moveTo: async () => undefined,
    authorise: async () => undefined,
    progress: () => undefined,
    onYield: () => undefined,
    mayYield: () => false,
    runToEnd: () => undefined,
    idempotencyKey: undefined,
    commit: (job) => database.write(job),
    ensureCurrent: async () => undefined,
  };
}

export function createWorld(database: Database): World {
  const policy = {
    max_bytes: 100_000,
    max_stored_bytes: 1_000_000,
    keep_checkpoints: 100,
    checkpoint_ttl_ms: 1000,
    ended_ttl_ms: 500,
  };
  const events = new EventBus();
  const contexts = createContexts({
    database,
    policy: () => policy,
    processes: () => ({
      find: (caller, pid) => findProcess(database, caller, pid),
      spawnLike: async (caller, _pid, { agent = 'a' }, commit) =>
        await commit(async (transaction) => {
          const who = { tenant: caller.tenant, user: caller.user, parent: caller.process?.pid ?? null };
          const { pid } = await transaction
            .insertInto('processes')
            .values(processRow({ ...who, agent, now: world.now }))
            .returning('pid')
            .executeTakeFirstOrThrow();
          return { pid: pidSchema.parse(pid) };
        }),
    }),
    events,
    logger: createLogger('silent'),
    now: () => world.now,
  });
  const world: World = {
    contexts,
    events,
    policy,
    database,
    now: 1_795_000_000_000,
    async spawn({ user: name = 'anna', tenant = 'default', agent = 'a', parent } = {}) {
      const owner = user(parent?.user ?? name, parent?.tenant ?? tenant);
      const row = processRow({
        tenant: owner.tenant,
        user: owner.user,
        agent,
        parent: parent === undefined ? null : pidOf(parent),
        now: world.now,
      });
      const { pid } = await database.write((transaction) =>
        transaction.insertInto('processes').values(row).returning('pid').executeTakeFirstOrThrow(),
      );
      return { ...owner, process: { pid: pidSchema.parse(pid), agent, durable: false, fence: 1 } };
    },
    async end(process) {
      await database.write((transaction) =>
        transaction
          .updateTable('processes')
          .set({ state: 'succeeded', ended_at: world.now })
          .where('pid', '=', pidOf(process))
          .execute(),
      );
    },
    async call(who, name, request) {
      const handler: SyscallHandler<typeof name> = contexts.handlers[name];
      const input = parseInput(name, request);
      return await handler.prepare(input, who).execute(contextOf(database, who));
    },
    async texts(who, conversation = 'main') {
      const { messages } = await world.call(who, 'context.read', { conversation, limit: 10_000 });
      return messages.map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)));
    },
  };
  return world;
}

/** As the path of a call does it. */
function parseInput<Called extends Name>(
  name: Called,
  request: SyscallRequest<Called>,
): SyscallInput<Called> {
  return syscalls[name].input.parse(request) as SyscallInput<Called>;
}

async function findProcess(database: Database, caller: Caller, pid: Pid): Promise<ProcessDescription> {
  const rows = await database.reader.selectFrom('processes').selectAll().execute();
  const row = rows.find((found) => found.pid === pid && found.tenant === caller.tenant);
  const isWithin = (at: number | null | undefined): boolean =>
    caller.process === undefined ||
    at === caller.process.pid ||
    (at !== null && at !== undefined && isWithin(rows.find((found) => found.pid === at)?.parent));
  if (row === undefined || !isWithin(pid)) {
    throw new AiosError('not_found', `There is no process ${pid} here.`);
  }
  return {
    pid,
    group: pid,
    agent: row.agent,
    owner: row.owner,
    state: 'running',
    runtime: 'inline',
    durable: false,
    run: 1,
    input: null,
    createdAt: new Date(row.created_at).toISOString(),
    used: { calls: 0, tokens: 0, usd: 0 },
    budget: {},
    permissions: [],
  };
}
