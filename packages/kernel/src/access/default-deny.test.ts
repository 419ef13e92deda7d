// Every system call of the table, made without a grant, with one, from another tenant, and by a process that was narrowed.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  AiosError,
  type Permission,
  type Pid,
  permission,
  type SyscallName,
  syscallNames,
  syscalls,
  tenantId,
  userId,
} from '@aios/protocol';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { mutatingCalls } from '@aios/testing/mutating-calls';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Stands in everything that the tenant has, so that a leak of it is seen. */
const secret = 'zebra-of-the-default-tenant';

let installation: Installation;
let inputs: ReadonlyMap<SyscallName, unknown>;
/** Of a process of the default tenant that waits. */
let parent: Pid;

beforeAll(async () => {
  installation = await bootInstallation();
  const { home, session } = installation;
  const changes = await mutatingCalls({ home, operator: session });
  await session.call('storage.write', { path: '/a.txt', content: secret });
  await session.call('memory.add', { content: secret });
  await session.call('conversation.put', { id: 'entry', value: secret });
  await session.call('blackboard.set', { key: 'written', value: secret });
  await session.call('key.create', { name: secret });
  await session.call('schedule.create', { agent: 'echo', input: secret, everyMs: 86_400_000 });
  await session.call('trigger.create', { agent: 'echo', input: secret, on: { kind: 'exit', of: 'nobody' } });
  parent = (await session.call('process.spawn', { agent: 'waiter', input: secret })).pid;
  await session.call('context.append', {
    pid: parent,
    conversation: 'main',
    messages: [{ role: 'user', content: secret }],
  });
  inputs = new Map<SyscallName, unknown>([
    ...changes.map(({ name, input }): [SyscallName, unknown] => [name, input]),
    ...Object.entries(otherInputs()).map(([name, input]): [SyscallName, unknown] => [
      name as SyscallName,
      input,
    ]),
  ]);
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

/** Of the calls that change nothing in the kernel, and of those for people alone. */
function otherInputs(): { readonly [Name in SyscallName]?: unknown } {
  const messages = [{ role: 'user', content: 'zebra' }];
  const forward = { dialect: 'openai-chat', body: '{}', stream: false, needs: [] };
  return {
    'llm.chat': { messages },
    'llm.embed': { texts: ['zebra'] },
    'llm.count': { messages },
    'llm.models': {},
    'llm.forward': forward,
    'storage.list': { recursive: true },
    'storage.read': { path: '/a.txt' },
    'storage.search': { query: 'zebra' },
    'storage.versions': { path: '/a.txt' },
    'memory.search': { query: 'zebra' },
    'conversation.get': { id: 'entry' },
    'context.read': { pid: parent },
    'context.list': { pid: parent },
    'context.diff': { from: 1, to: 2 },
    'context.page': { id: 'a-page' },
    'tool.list': {},
    'tool.call': { name: 'time.now' },
    'process.list': {},
    'process.get': { pid: parent },
    'process.wait': { pid: parent, timeoutMs: 50 },
    'process.logs': { pid: parent },
    'process.replay': { pid: parent },
    'effect.list': {},
    'effect.get': { id: `${parent}:1` },
    'effect.compensate': { id: `${parent}:1` },
    'effect.resolve': { id: `${parent}:1`, outcome: 'failed' },
    'time.now': {},
    'blackboard.get': { key: 'written' },
    'schedule.list': {},
    'trigger.list': {},
    'quota.list': {},
    'key.list': {},
    'approval.list': {},
    'approval.get': { id: '1' },
    'approval.answer': { id: '1', decision: 'approve' },
    'grant.list': {},
    'grant.set': { agent: 'caller', permissions: ['tool.call:zebra'] },
    'grant.delete': { agent: 'caller', permissions: ['tool.call:zebra'] },
    'audit.list': {},
    'kernel.status': {},
    'kernel.schedule': {},
    'kernel.drain': {},
  };
}

const allow = (texts: readonly string[]): Permission[] => texts.map((text) => permission.parse(text));
const actions = [...new Set(syscallNames.map((name) => syscalls[name].permission.action))];
const allBut = (action: string) => allow(actions.filter((each) => each !== action));

/** What a call ends with, for somebody who may not do more than wait for it. */
async function outcomeOf(line: Installation['session'], name: SyscallName): Promise<unknown> {
  try {
    return { output: await line.request(name, inputs.get(name), { signal: AbortSignal.timeout(300) }) };
  } catch (error) {
    if (!AiosError.isInstance(error)) throw error;
    return { code: error.code, message: error.message };
  }
}

/** The line of somebody with a key. */
async function keyHolder(permissions: Permission[], tenant = 'default'): Promise<Installation['session']> {
  const { session, kernel } = installation;
  const user = userId.parse('anna');
  const request = { name: 'a key', user, tenant: tenantId.parse(tenant), permissions };
  return kernel.open((await session.call('key.create', request)).token);
}

const notGranted = (name: SyscallName) => ({
  code: 'permission_denied',
  message: expect.stringContaining(`was not granted "${syscalls[name].permission.action}`),
});

test('each call of the table has an input here', () => {
  expect(syscallNames.filter((name) => !inputs.has(name))).toEqual([]);
});

test.each(syscallNames)('%s: denied without its grant, whatever else is granted', async (name) => {
  const holder = await keyHolder(allBut(syscalls[name].permission.action));
  expect(await outcomeOf(holder, name)).toMatchObject(notGranted(name));
});

test.each(syscallNames)('%s: not denied with its grant alone', async (name) => {
  const holder = await keyHolder(allow([syscalls[name].permission.action]));
  expect(await outcomeOf(holder, name)).not.toMatchObject(notGranted(name));
});

test.each(syscallNames)('%s: denied to a process that was narrowed, and to what it starts', async (name) => {
  const { session, kernel, token } = installation;
  const { action } = syscalls[name].permission;
  const { pid } = await session.call('process.spawn', { agent: 'waiter', permissions: allBut(action) });
  const narrowed = kernel.open(token, { pid });
  expect(await outcomeOf(narrowed, name)).toMatchObject(notGranted(name));
  if (action !== 'process.spawn') {
    const child = await narrowed.call('process.spawn', { agent: 'waiter', permissions: allow(['*']) });
    expect(await outcomeOf(kernel.open(token, child), name)).toMatchObject(notGranted(name));
  }
  await session.call('process.kill', { pid });
});

/** All rows of the default tenant, of tables that say whose their rows are. */
function rowsOfDefaultTenant(database: DatabaseSync): Record<string, unknown[]> {
  const tables = database
    .prepare(
      `select m.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and c.name = 'tenant'`,
    )
    .all()
    .map(({ name }) => String(name));
  return Object.fromEntries(
    tables.map((name) => [name, database.prepare(`select * from ${name} where tenant = 'default'`).all()]),
  );
}

test('from another tenant no call sees or changes anything, though it may do everything there', async () => {
  const holder = await keyHolder(allow(['*']), 'other');
  using database = new DatabaseSync(join(installation.home, 'aios.db'), { readOnly: true });
  const before = rowsOfDefaultTenant(database);
  expect(Object.keys(before).length).toBeGreaterThan(8);
  expect(JSON.stringify(before)).toContain(secret);
  for (const name of syscallNames) {
    const outcome = await outcomeOf(holder, name);
    expect(outcome, name).not.toMatchObject({ code: 'internal' });
    expect(JSON.stringify(outcome), name).not.toContain(secret);
  }
  expect(rowsOfDefaultTenant(database)).toEqual(before);
}, 60_000);
