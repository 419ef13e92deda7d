// Everything that a user can see survives a restart: the kernel is killed (SIGKILL) and started again on the same home.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@aios/sdk';
import { eventually } from '@aios/testing/eventually';
import { installAgent } from '@aios/testing/installation';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startKernel } from './kernel-process.ts';

const config = `llms:
  models:
    - { name: offline, backend: offline }
agent_factory:
  drop_waiting_after_ms: 50
quotas:
  users:
    operator: { per_day: { tokens: 1000000 } }
`;
const agents = join(import.meta.dirname, '..', 'packages', 'testing', 'agents');

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aios-survives-'));
  await writeFile(join(home, 'config.yaml'), config);
  for (const name of ['napper', 'collector', 'echo', 'thrower', 'caller']) {
    await installAgent(home, name, await readFile(join(agents, name, 'agent.ts'), 'utf8'));
  }
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

/** What a user sees of schedules, mail, sessions, windows of budgets, processes and shared values. */
async function seen(client: Client) {
  const { schedules } = await client.schedule.list();
  const { triggers } = await client.trigger.list();
  const { quotas } = await client.quota.list();
  const { processes } = await client.process.list({ limit: 100 });
  const { keys } = await client.key.list();
  const { approvals } = await client.approval.list();
  const { grants } = await client.grant.list();
  return {
    schedules,
    triggers: triggers.map(({ id, agent, on, url }) => ({ id, agent, on, url })),
    // What was under way at the kill counts as reserved, so a window may have counted a little more, and never less.
    windows: quotas.map(({ scope, name, dimension, window, limit }) => [
      scope,
      name,
      dimension,
      window,
      limit,
    ]),
    // Those of the agent `caller` are started by what happens while no kernel runs.
    processes: processes
      .filter(({ agent }) => agent !== 'caller')
      .map(({ pid, agent, state, exit, restart }) => ({ pid, agent, state, exit, restart })),
    approvals,
    grants,
    keys: keys.map(({ id, name }) => ({ id, name })),
    conversation: await client.conversation.get({ id: 'session' }),
    plan: await client.blackboard.get({ key: 'plan' }),
  };
}

const usedTokens = async (client: Client) =>
  (await client.quota.list()).quotas.find(
    ({ scope, dimension }) => scope === 'user' && dimension === 'tokens',
  )?.used ?? 0;

test('schedules, triggers, restarts to come, mailboxes, subscriptions, sessions, windows of budgets, approvals, waiting and suspended processes', async () => {
  const first = await startKernel({ home });
  const { client } = first;
  await client.schedule.create({ agent: 'echo', cron: '0 9 * * *', timezone: 'Europe/Berlin' });
  await client.schedule.create({ agent: 'echo', at: new Date(Date.now() + 86_400_000).toISOString() });
  await client.trigger.create({
    agent: 'caller',
    on: { kind: 'file', path: '/inbox/**' },
    input: { calls: [] },
  });
  await client.trigger.create({ agent: 'echo', on: { kind: 'exit', of: 'nobody' } });
  await client.message.send({ to: 'collector', content: 'a letter' });
  const { id: question } = await client.message.send({
    to: 'collector',
    content: 'how many?',
    isQuestion: true,
  });
  await client.message.subscribe({ topic: 'news' });
  await client.conversation.put({ id: 'session', value: { turn: 1 } });
  await client.blackboard.set({ key: 'plan', value: ['sail'] });
  await client.key.create({ name: 'a program' });
  await client.llm.chat({ messages: [{ role: 'user', content: 'How deep is the sea?' }] });
  const { pid: ended } = await client.process.spawn({ agent: 'echo', input: 1 });
  await client.process.wait({ pid: ended });
  const { pid: failing } = await client.process.spawn({
    agent: 'thrower',
    restart: { policy: 'on-failure', backoffMs: 86_400_000 },
  });
  await client.process.wait({ pid: failing });
  const sleeper = await client.process.spawn({
    agent: 'napper',
    durable: true,
    input: { forMs: 86_400_000 },
  });
  const suspended = await client.process.spawn({
    agent: 'napper',
    durable: true,
    input: { conditions: [{ kind: 'signal' }] },
  });
  await eventually(async () => {
    for (const { pid } of [sleeper, suspended])
      expect((await client.process.get({ pid })).state).toBe('waiting');
  });
  await client.blackboard.set({ key: 'draft', value: 'to be deleted' });
  await client.grant.set({ agent: 'echo', permissions: ['net.connect'], decision: 'deny' });
  const asking = await client.process.spawn({
    agent: 'caller',
    durable: true,
    input: { calls: [{ name: 'blackboard.delete', input: { key: 'draft' } }] },
  });
  await eventually(async () => {
    expect((await client.approval.list()).approvals).toHaveLength(1);
    expect((await client.process.get(asking)).state).toBe('waiting');
  });
  await client.process.signal({ pid: suspended.pid, signal: 'suspend' });
  const before = await seen(client);
  const used = await usedTokens(client);
  expect(used).toBeGreaterThan(0);
  await first.crash();
  await mkdir(join(home, 'root', 'inbox'), { recursive: true });
  await writeFile(join(home, 'root', 'inbox', 'a.txt'), 'while no kernel ran');

  await using second = await startKernel({ home });
  expect(await seen(second.client)).toEqual(before);
  expect(await usedTokens(second.client)).toBeGreaterThanOrEqual(used);

  await vi.waitFor(
    async () => {
      const { processes } = await second.client.process.list({ limit: 100 });
      expect(processes.find(({ agent }) => agent === 'caller')?.input).toMatchObject({
        event: { changes: [{ path: '/inbox/a.txt', change: 'created' }] },
      });
    },
    { timeout: 10_000 },
  );
  const id = before.approvals[0]?.id ?? expect.fail();
  expect((await second.client.blackboard.get({ key: 'draft' })).value).toBe('to be deleted');
  await second.client.approval.answer({ id, decision: 'approve' });
  expect(await second.client.process.wait({ pid: asking.pid, timeoutMs: 10_000 })).toMatchObject({
    output: [{ output: { isDeleted: true } }],
  });
  expect((await second.client.approval.get({ id })).state).toBe('used');

  await second.client.message.publish({ topic: 'news', content: 'we are back' });
  expect(await second.client.message.receive({ timeoutMs: 5000 })).toMatchObject({
    topic: 'news',
    content: 'we are back',
  });
  const { pid: collector } = await second.client.process.spawn({
    agent: 'collector',
    input: { messages: 2 },
  });
  expect(await second.client.process.wait({ pid: collector })).toMatchObject({
    output: ['a letter', 'how many?'],
  });
  expect(await second.client.message.receive({ replyTo: question, timeoutMs: 5000 })).toMatchObject({
    content: { answerTo: 'how many?' },
  });
  await second.client.process.signal({ pid: suspended.pid, signal: 'interrupt', message: 'go on' });
  await second.client.process.signal({ pid: suspended.pid, signal: 'resume' });
  expect(await second.client.process.wait({ pid: suspended.pid, timeoutMs: 10_000 })).toMatchObject({
    state: 'succeeded',
    output: { kind: 'signal', value: { message: 'go on' } },
  });
}, 60_000);
