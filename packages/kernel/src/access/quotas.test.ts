// Quotas on a booted installation, with models whose prices are known.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KernelEvent, type Pid, permission } from '@aios/protocol';
import { always, type OpenAiServer, startOpenAiServer } from '@aios/testing';
import { databaseKinds } from '@aios/testing/databases';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let server: OpenAiServer;
beforeAll(async () => {
  server = await startOpenAiServer({
    models: ['large', 'small'],
    script: always({ text: 'pong', usage: { inputTokens: 100, outputTokens: 100 } }),
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** `large` costs a cent for each of its replies, `small` a hundredth of that. */
const configOf = (quotas: string) => `
llms:
  models:
    - { name: large, backend: openai, hostname: ${server.baseUrl}, api_key: sk-test, prices: { input: 50, output: 50 } }
    - { name: small, backend: openai, hostname: ${server.baseUrl}, api_key: sk-test, prices: { input: 0.5, output: 0.5 } }
quotas: ${quotas}
`;

const boot = (quotas: string, place: { databaseUrl?: string } = {}) =>
  bootInstallation({ config: configOf(quotas), ...place });

const chat = { model: 'large', maxTokens: 100, messages: [{ role: 'user' as const, content: 'ping' }] };
const asks = (count: number) => ({
  calls: Array.from({ length: count }, () => ({ name: 'llm.chat', input: chat })),
});

async function run({ session }: Installation, count: number, options: Record<string, unknown> = {}) {
  const { pid } = await session.call('process.spawn', { agent: 'caller', input: asks(count), ...options });
  return await session.call('process.wait', { pid, timeoutMs: 20_000 });
}

/** Resolves at the first event that fits. */
function nextEvent({ kernel }: Installation, fits: (event: KernelEvent) => boolean): Promise<KernelEvent> {
  const { promise, resolve } = Promise.withResolvers<KernelEvent>();
  const subscription = kernel.events.subscribe((event) => {
    if (!fits(event)) return;
    subscription[Symbol.dispose]();
    resolve(event);
  });
  return promise;
}

const isState = (pid: () => Pid | undefined, state: string) => (event: KernelEvent) =>
  event.type === 'process-changed' && event.to === state && event.pid === pid();

test('money is counted by the prices, warned of at 80 % and refused at the limit', async () => {
  await using installation = await boot('{}');
  const process = await run(installation, 4, { budget: { usd: 0.035 } });
  expect(process.output).toMatchObject([
    { output: { costUsd: 0.01 } },
    { output: {} },
    { output: {} },
    { code: 'quota_exceeded', message: expect.stringContaining('US dollars') },
  ]);
  expect(process.used).toEqual({ calls: 3, tokens: 600, usd: 0.03 });
  const { entries } = await installation.session.call('process.logs', { pid: process.pid });
  const lines = entries.map(({ text }) => text);
  expect(lines).toContain(`warning: 0.03 of 0.035 usd (total) of the process ${process.pid} are used`);
  expect(lines).toContain(`refuse: 0.03 of 0.035 usd (total) of the process ${process.pid} are used`);
});

test('kill ends the process tree, and its error says why', async () => {
  await using installation = await boot('{}');
  const { session } = installation;
  const child = { agent: 'caller', input: asks(3) };
  const { pid } = await session.call('process.spawn', {
    agent: 'parent',
    input: child,
    budget: { usd: 0.025, atLimit: 'kill' },
  });
  const parent = await session.call('process.wait', { pid, timeoutMs: 20_000 });
  expect(parent).toMatchObject({
    state: 'killed',
    error: {
      code: 'quota_exceeded',
      detail: expect.stringMatching(/budget of process .* ended, as its quota says/),
    },
  });
  const { processes } = await session.call('process.list', {});
  expect(processes.map(({ agent, state }) => [agent, state])).toEqual([
    ['caller', 'killed'],
    ['parent', 'killed'],
  ]);
});

test('a paused process is shown as waiting and goes on when the quota is raised', async () => {
  const quotas = (usd: number) => `{ agents: { caller: { usd: ${usd}, at_limit: pause } } }`;
  await using installation = await boot(quotas(0.015));
  const { session, home } = installation;
  let pid: Pid | undefined;
  const waiting = nextEvent(
    installation,
    isState(() => pid, 'waiting'),
  );
  ({ pid } = await session.call('process.spawn', { agent: 'caller', input: asks(2) }));
  expect(await waiting).toMatchObject({ cause: expect.stringContaining('quota of agent "caller"') });
  expect(await session.call('process.get', { pid })).toMatchObject({ state: 'waiting' });
  expect((await session.call('quota.list', {})).quotas).toMatchObject([
    { scope: 'agent', name: 'caller', dimension: 'usd', limit: 0.015, waiting: 1, atLimit: 'pause' },
  ]);
  await writeFile(join(home, 'config.yaml'), configOf(quotas(1)));
  await session.call('kernel.refresh', {});
  const ended = await session.call('process.wait', { pid, timeoutMs: 20_000 });
  expect(ended).toMatchObject({ state: 'succeeded', output: [{ output: {} }, { output: {} }] });
  expect((await session.call('quota.list', {})).quotas).toMatchObject([{ used: 0.02, limit: 1, waiting: 0 }]);
});

test('a paused process can be killed', async () => {
  await using installation = await boot('{ agents: { caller: { usd: 0.015, at_limit: pause } } }');
  const { session } = installation;
  let pid: Pid | undefined;
  const waiting = nextEvent(
    installation,
    isState(() => pid, 'waiting'),
  );
  ({ pid } = await session.call('process.spawn', { agent: 'caller', input: asks(2) }));
  await waiting;
  expect(await session.call('process.kill', { pid })).toMatchObject({ state: 'killed' });
  expect((await session.call('quota.list', {})).quotas).toMatchObject([
    { used: 0.01, reserved: 0, waiting: 0 },
  ]);
});

test('a cheaper model answers at the limit, and the reply says so', async () => {
  await using installation = await boot(
    '{ users: { operator: { usd: 0.015, at_limit: cheaper_model, cheaper_model: small } } }',
  );
  const { session } = installation;
  expect(await session.call('llm.chat', chat)).toMatchObject({ model: 'large' });
  const reply = await session.call('llm.chat', chat);
  expect(reply).toMatchObject({
    model: 'small',
    costUsd: 0.0001,
    metadata: { downgraded: { from: 'large', reason: expect.stringContaining('quota of user "operator"') } },
  });
  expect((await session.call('quota.list', {})).quotas).toMatchObject([{ scope: 'user', used: 0.01 }]);
});

test('a process is ended at its wall time, with what it started', async () => {
  await using installation = await boot('{ defaults: { agent: { seconds: 60 } } }');
  const { session } = installation;
  const { pid } = await session.call('process.spawn', {
    agent: 'parent',
    input: { agent: 'sleeper' },
    budget: { seconds: 1 },
  });
  expect(await session.call('process.wait', { pid, timeoutMs: 20_000 })).toMatchObject({
    state: 'killed',
    error: { code: 'quota_exceeded', detail: expect.stringContaining('wall time') },
  });
  const { processes } = await session.call('process.list', {});
  expect(processes.map(({ state }) => state)).toEqual(['killed', 'killed']);
});

test('an agent sees the bounds that it counts for, once it is granted that', async () => {
  await using installation = await boot('{ tenants: { default: { usd: 9 } }, users: { other: { usd: 1 } } }');
  const { session } = installation;
  const input = { calls: [{ name: 'quota.list', input: {} }] };
  const ask = async (permissions?: string[]) => {
    const { pid } = await session.call('process.spawn', {
      agent: 'caller',
      input,
      budget: { calls: 5 },
      ...(permissions && { permissions: permissions as never }),
    });
    return (await session.call('process.wait', { pid, timeoutMs: 20_000 })).output;
  };
  expect(await ask(['llm.chat'])).toMatchObject([{ code: 'permission_denied' }]);
  expect(await ask()).toMatchObject([
    {
      output: {
        quotas: [
          { scope: 'process', used: 1, limit: 5 },
          { scope: 'tenant', limit: 9 },
        ],
      },
    },
  ]);
});

const idler = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'idler',
  permissions: ['*'],
  run: (_input, _aios, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
});`;

function restartTests(bootWith: (quotas: string) => Promise<Installation>): void {
  test('quotas and the budget of a durable process survive a restart; its replay counts for neither again', async () => {
    await using installation = await bootWith(
      '{ users: { operator: { per_day: { usd: 10 }, calls: 1000 } } }',
    );
    const { session } = installation;
    const waiting = nextEvent(
      installation,
      (event) => event.type === 'process-changed' && event.to === 'waiting',
    );
    const { pid } = await session.call('process.spawn', {
      agent: 'spender',
      durable: true,
      budget: { usd: 0.15, seconds: 3600 },
    });
    await waiting;
    const before = (await session.call('quota.list', {})).quotas;
    const { startedAt } = await session.call('process.get', { pid });
    await installation.reboot();
    const ended = await installation.session.call('process.wait', { pid, timeoutMs: 20_000 });
    expect(ended).toMatchObject({ state: 'succeeded', startedAt, used: { usd: 0.02, calls: 5 } });
    const after = (await installation.session.call('quota.list', {})).quotas;
    const usd = (quotas: typeof before) =>
      quotas.find(({ scope, dimension }) => scope === 'user' && dimension === 'usd')?.used;
    expect([usd(before), usd(after)]).toEqual([0.01, 0.02]);
  });

  test('after a restart an orphan still counts for its grandparent, and for the key that started them', async () => {
    await using installation = await bootWith('{}');
    const { session, kernel, home } = installation;
    await installAgent(home, 'idler', idler);
    const { token, key } = await session.call('key.create', {
      name: 'starter',
      permissions: [permission.parse('*')],
      budget: { usd: 5 },
    });
    const idle = { agent: 'idler', durable: true };
    const { pid } = await kernel.open(token).call('process.spawn', { ...idle, budget: { usd: 1 } });
    const between = await kernel.open(token, { pid }).call('process.spawn', {
      agent: 'caller',
      durable: true,
      input: { calls: [{ name: 'process.spawn', input: idle }] },
    });
    const { output } = await session.call('process.wait', { pid: between.pid, timeoutMs: 20_000 });
    await installation.reboot();
    const [{ output: started }] = output as unknown as [{ output: { pid: Pid } }];
    const line = installation.kernel.open(installation.token, { pid: started.pid });
    const used = async () => {
      const { quotas } = await line.call('quota.list', {});
      return quotas.map(({ scope, name, used }) => [scope, name, used]);
    };
    await line.call('llm.chat', chat);
    expect(await used()).toEqual([
      ['process', String(pid), 0.01],
      ['key', key.id, 0.01],
    ]);
  });
}

describe.each(await databaseKinds())('$name', ({ place }) =>
  restartTests(async (quotas) => await boot(quotas, await place())),
);
