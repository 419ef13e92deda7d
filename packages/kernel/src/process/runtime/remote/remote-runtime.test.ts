// Programs elsewhere that come, go, lose their connections and may not serve what they offer.

import { join } from 'node:path';
import type { AgentDefinition, Pid } from '@aios/protocol';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentNamed, TestHost } from './host.fixture.ts';

const subjectFile = join(import.meta.dirname, '../../../../../testing/agents/subject/agent.ts');
const config = `llms:
  models:
    - { name: offline, backend: offline }
agent_factory:
  host_grace_ms: 400
`;

let installation: Installation;
let names = 0;
beforeAll(async () => {
  installation = await bootInstallation({ config });
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

const session = () => installation.session;

/** An agent under a name of its own, so that tests do not serve each other’s. */
async function subject(): Promise<{ agent: AgentDefinition; name: string }> {
  names += 1;
  const name = `subject-${names}`;
  return { agent: await agentNamed(name, subjectFile), name };
}

const connect = (host: TestHost, token = installation.token) => host.connect(installation.kernel, token);

async function spawn(agent: string, input: Record<string, unknown>, durable = false): Promise<Pid> {
  const { pid } = await session().call('process.spawn', { agent, input: input as never, durable });
  return pid;
}

const wait = (pid: Pid) => session().call('process.wait', { pid, timeoutMs: 15_000 });

/** Resolves once the log of a process holds the text so many times. */
async function logged(pid: Pid, text: string, times = 1): Promise<void> {
  await expect
    .poll(
      async () => {
        const { entries } = await session().call('process.logs', { pid });
        return entries.filter((entry) => entry.text.includes(text)).length;
      },
      { timeout: 10_000 },
    )
    .toBe(times);
}

test('an agent that nobody serves is not found; one that is served runs there', async () => {
  const { agent, name } = await subject();
  await expect(spawn(name, { do: 'echo' })).rejects.toMatchObject({ code: 'not_found' });
  const host = new TestHost([agent]);
  expect(await connect(host)).toBe('serving');
  const pid = await spawn(name, { do: 'echo', value: 'there' });
  expect(await wait(pid)).toMatchObject({ state: 'succeeded', runtime: 'remote', output: 'there' });
  expect(host.started).toEqual([pid]);
});

test('a lost connection is not noticed by the agent: it goes on over the next one, durable or not', async () => {
  const { agent, name } = await subject();
  const host = new TestHost([agent]);
  await connect(host);
  const pids = await Promise.all(
    [false, true].map((durable) => spawn(name, { do: 'remember', value: name }, durable)),
  );
  for (const pid of pids) await logged(pid, 'half way');
  host.cut();
  // What the kernel says meanwhile waits for the next connection.
  for (const pid of pids) await session().call('message.send', { to: String(pid), content: 'meanwhile' });
  expect(await connect(host)).toBe('resumed');
  for (const pid of pids) {
    expect(await wait(pid)).toMatchObject({ state: 'succeeded', output: { content: 'meanwhile' } });
  }
  expect(host.started).toHaveLength(2);
});

test('no frame is lost or doubled however often the connection is', async () => {
  const { agent, name } = await subject();
  const host = new TestHost([agent]);
  await connect(host);
  const calls = Array.from({ length: 200 }, (_, index) => ({
    name: 'tool.call',
    input: { name: 'calculator', arguments: { expression: `${index}+0` } },
  }));
  const pid = await spawn(name, { do: 'call', calls });
  let isOver = false;
  const ended = wait(pid).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    host.cut();
    await connect(host);
  }
  const { output, used } = await ended;
  expect(output).toMatchObject(calls.map((_, index) => ({ output: { result: { value: index } } })));
  expect(used.calls).toBe(200);
});

test('when a host stays away a durable process goes on with another one, from its journal; another one is lost', async () => {
  const { agent, name } = await subject();
  const [first, second] = [new TestHost([agent]), new TestHost([agent])];
  await connect(first);
  const durable = await spawn(name, { do: 'remember', value: name }, true);
  const ordinary = await spawn(name, { do: 'remember', value: name });
  for (const pid of [durable, ordinary]) await logged(pid, 'half way');
  first.cut();
  await connect(second);
  expect(await wait(ordinary)).toMatchObject({
    state: 'lost',
    exit: 'lost',
    error: { detail: expect.stringContaining('400 ms') },
  });
  await expect.poll(() => second.started, { timeout: 10_000 }).toEqual([durable]);
  await session().call('message.send', { to: String(durable), content: 'go on' });
  expect(await wait(durable)).toMatchObject({ state: 'succeeded', output: { content: 'go on' } });
  await logged(durable, 'replayed', 3);
  // The first one comes back late: what it ran is given up, and its calls are nobody’s.
  expect(await connect(first)).toBe('serving');
  expect(first.host.running).toEqual([]);
});

test('a host that leaves is not waited for', async () => {
  const { agent, name } = await subject();
  const [first, second] = [new TestHost([agent]), new TestHost([agent])];
  await connect(first);
  const pid = await spawn(name, { do: 'remember', value: name }, true);
  await logged(pid, 'half way');
  await connect(second);
  first.say(JSON.stringify({ type: 'leave' }));
  await expect.poll(() => second.started, { timeout: 5000 }).toEqual([pid]);
  await session().call('process.kill', { pid });
});

test('a durable process waits for a host, over a restart of the kernel too; another one is told that there is none', async () => {
  const { agent, name } = await subject();
  const host = new TestHost([agent]);
  await connect(host);
  const pid = await spawn(name, { do: 'remember', value: name }, true);
  await logged(pid, 'half way');
  host.cut();
  await installation.reboot();
  expect((await session().call('process.get', { pid })).state).toBe('ready');
  expect(await connect(host)).toBe('serving');
  await session().call('message.send', { to: String(pid), content: 'after the restart' });
  expect(await wait(pid)).toMatchObject({ output: { content: 'after the restart' } });

  const ordinary = await spawn(name, { do: 'echo' });
  await wait(ordinary);
  host.cut();
  const unserved = await spawn(name, { do: 'echo' });
  expect(await wait(unserved)).toMatchObject({ state: 'failed', error: { code: 'unavailable' } });
});

test('hosts of one agent share the load, and none runs more than it offered', async () => {
  const { agent, name } = await subject();
  const hosts = [new TestHost([agent], 2), new TestHost([agent], 2)];
  for (const host of hosts) await connect(host);
  const pids = await Promise.all(Array.from({ length: 5 }, () => spawn(name, { do: 'sleep' }, true)));
  await expect.poll(() => hosts.map(({ host }) => host.running.length)).toEqual([2, 2]);
  const waiting = pids.filter((pid) => !hosts.some(({ started }) => started.includes(pid)));
  expect(waiting).toHaveLength(1);
  const running = pids.find((pid) => pid !== waiting[0]);
  if (running !== undefined) await session().call('process.kill', { pid: running });
  await expect.poll(() => hosts.flatMap(({ started }) => started)).toContain(waiting[0]);
  await Promise.all(pids.map((pid) => session().call('process.kill', { pid })));
});

test('serving needs the permission for each agent, and a revoked key serves nothing more', async () => {
  const { agent, name } = await subject();
  const keyFor = async (permissions: string[]) =>
    await session().call('key.create', { name: `host of ${name}`, permissions: permissions as never });
  const stranger = await keyFor(['llm.chat']);
  const other = await keyFor(['process.serve:another']);
  for (const { token } of [stranger, other]) {
    expect(await connect(new TestHost([agent]), token)).toMatchObject({
      code: 'permission_denied',
      detail: expect.stringContaining(`process.serve:${name}`),
    });
  }
  const allowed = await keyFor([`process.serve:${name}`]);
  const host = new TestHost([agent]);
  expect(await connect(host, allowed.token)).toBe('serving');
  expect(await wait(await spawn(name, { do: 'echo', value: 1 }))).toMatchObject({ output: 1 });
  await session().call('key.revoke', { id: allowed.key.id });
  const pid = await spawn(name, { do: 'echo', value: 2 });
  expect(await wait(pid)).toMatchObject({ state: 'failed', error: { code: 'unavailable' } });
  expect(host.started).not.toContain(pid);
});

test.each(['{oops', '{"type":"hello"}', '{"type":"call","pid":1}'])(
  'a host that says %s is given up, and with it nobody else',
  async (text) => {
    const { agent, name } = await subject();
    const [bad, good] = [new TestHost([agent]), new TestHost([agent])];
    await connect(bad);
    const pid = await spawn(name, { do: 'remember', value: name }, true);
    await logged(pid, 'half way');
    await connect(good);
    bad.say(text);
    await expect.poll(() => good.started, { timeout: 5000 }).toEqual([pid]);
    await session().call('process.kill', { pid });
  },
);
