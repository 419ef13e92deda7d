// Triggers of a real kernel, over restarts, on both databases.

import { createHmac } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessDescription, SyscallRequest } from '@aios/protocol';
import { newPostgresDatabase } from '@aios/testing/databases';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { realComponent } from '@aios/testing/real-component';
import { describe, expect, test, vi } from 'vitest';

const secret = 'a secret of the sender';
const env = { HOOK_SECRET: secret };

const create = ({ session }: Installation, request: SyscallRequest<'trigger.create'>) =>
  session.call('trigger.create', request);

/** Resolves with the processes of an agent, oldest first, once so many have ended. */
const whenEnded = ({ session }: Installation, count: number, agent = 'echo') =>
  vi.waitFor(
    async () => {
      const { processes } = await session.call('process.list', {});
      const meant = processes.filter((each) => each.agent === agent).reverse();
      expect(meant.filter(({ endedAt }) => endedAt !== undefined)).toHaveLength(count);
      return meant;
    },
    { timeout: 10_000, interval: 20 },
  );

const outputs = (processes: readonly ProcessDescription[]) => processes.map(({ output }) => output);

function signed(body: string, headers: Record<string, string> = {}) {
  return {
    body: Buffer.from(body),
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      ...headers,
    },
  };
}

const mailReader = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'reader',
  permissions: ['message.receive'],
  run: async ({ reads = true }, aios) => (reads ? (await aios.message.receive()).content : 'left it lying'),
});`;

function triggerTests(boot: () => Promise<Installation>): void {
  test('a webhook starts its agent once for each delivery, however often it is sent', async () => {
    await using installation = await boot();
    const { kernel } = installation;
    const { id, url } = await create(installation, {
      agent: 'echo',
      on: { kind: 'webhook', secret: 'HOOK_SECRET' },
      input: { repository: 'aios' },
    });
    expect(url).toBe(`/hooks/${id}`);
    const request = signed('{"ref":"main"}', { 'x-github-delivery': 'd-1', 'x-github-event': 'push' });
    expect(await kernel.receive(id, request)).toEqual({ delivery: 'd-1', isNew: true });
    expect(await kernel.receive(id, request)).toEqual({ delivery: 'd-1', isNew: false });
    const [process] = await whenEnded(installation, 1);
    expect(process?.output).toEqual({
      repository: 'aios',
      event: { kind: 'webhook', delivery: 'd-1', event: 'push', body: { ref: 'main' } },
    });
    await installation.reboot();
    expect(await installation.kernel.receive(id, request)).toMatchObject({ isNew: false });
    expect(await installation.kernel.receive(id, signed('{}', { 'webhook-id': 'd-2' }))).toMatchObject({
      isNew: true,
    });
    await whenEnded(installation, 2);
    const { triggers } = await installation.session.call('trigger.list', {});
    expect(triggers).toMatchObject([{ id, pending: 0, lastPid: 2, on: { secret: 'HOOK_SECRET' } }]);
  });

  test('a webhook that is not signed right, or not there, starts nothing', async () => {
    await using installation = await boot();
    const { kernel, session } = installation;
    const { id } = await create(installation, {
      agent: 'echo',
      on: { kind: 'webhook', secret: 'HOOK_SECRET' },
    });
    const right = signed('{}');
    await expect(kernel.receive(id, { ...right, body: Buffer.from('{ }') })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    await expect(kernel.receive(id, { ...right, headers: {} })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    await expect(kernel.receive(id + 1, right)).rejects.toMatchObject({ code: 'not_found' });
    await session.call('trigger.delete', { trigger: id });
    await expect(kernel.receive(id, right)).rejects.toMatchObject({ code: 'not_found' });
    await expect(
      create(installation, { agent: 'echo', on: { kind: 'webhook', secret: 'NO_SUCH_SECRET' } }),
    ).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('aios env set'),
    });
    expect((await session.call('process.list', {})).processes).toEqual([]);
  });

  test('a webhook can be told to the mailbox of the agent instead', async () => {
    await using installation = await boot();
    await installAgent(installation.home, 'reader', mailReader);
    const on = { kind: 'webhook', secret: 'HOOK_SECRET' } as const;
    const { id } = await create(installation, { agent: 'reader', on, deliver: 'message' });
    await installation.kernel.receive(id, signed('{"n":1}', { 'idempotency-key': 'k' }));
    const { session } = installation;
    const { pid } = await session.call('process.spawn', { agent: 'reader', input: {} });
    expect((await session.call('process.wait', { pid })).output).toMatchObject({ body: { n: 1 } });
  });

  test('files that are created, changed and deleted are told of, also by others, and also while no kernel ran', async () => {
    await using installation = await boot();
    const folder = join(installation.home, 'root', 'inbox');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'old.txt'), 'was there before');
    await create(installation, {
      agent: 'echo',
      on: { kind: 'file', path: '/inbox/*.txt', debounceMs: 100 },
    });
    const told = async (count: number) =>
      outputs(await whenEnded(installation, count)).map((output) => (output as { changes: unknown }).changes);

    await installation.session.call('storage.write', { path: '/inbox/new.txt', content: 'by AIOS' });
    expect(await told(1)).toEqual([[{ path: '/inbox/new.txt', change: 'created' }]]);
    await writeFile(join(folder, 'old.txt'), 'changed by somebody else');
    await writeFile(join(folder, 'picture.png'), 'does not match');
    expect((await told(2))[1]).toEqual([{ path: '/inbox/old.txt', change: 'changed' }]);

    await installation.reboot(async () => {
      await rm(join(folder, 'old.txt'));
      await writeFile(join(folder, 'late.txt'), 'while no kernel ran');
    });
    expect((await told(3))[2]).toEqual([
      { path: '/inbox/late.txt', change: 'created' },
      { path: '/inbox/old.txt', change: 'deleted' },
    ]);
  });

  test('mail for a name without a living process starts one; mail that it leaves lying does not start another', async () => {
    await using installation = await boot();
    const { session } = installation;
    await installAgent(installation.home, 'reader', mailReader);
    await create(installation, { agent: 'reader', on: { kind: 'message' }, input: {} });
    await session.call('message.send', { to: 'reader', content: 'first' });
    await session.call('message.send', { to: 'reader', content: 'second' });
    expect(outputs(await whenEnded(installation, 2, 'reader'))).toEqual(['first', 'second']);
    const { triggers } = await session.call('trigger.list', {});
    await session.call('trigger.delete', { trigger: triggers[0]?.id ?? 0 });
    await create(installation, { agent: 'reader', on: { kind: 'message' }, input: { reads: false } });
    await session.call('message.send', { to: 'reader', content: 'third' });
    expect(outputs(await whenEnded(installation, 3, 'reader'))[2]).toBe('left it lying');
    await installation.reboot();
    await installation.session.call('message.send', { to: 'reader', content: 'fourth' });
    // One for the new mail, and none for what lay there at the boot.
    await whenEnded(installation, 4, 'reader');
  });

  test('the end of a process starts an agent, for the ends that count, also of one that is lost with its kernel', async () => {
    await using installation = await boot();
    const { session } = installation;
    const exits = ['failed', 'killed'] as const;
    await create(installation, { agent: 'echo', on: { kind: 'exit', of: 'thrower', exits: [...exits] } });
    await create(installation, { agent: 'echo', on: { kind: 'exit', of: 'sleeper', exits: ['killed'] } });
    const { pid } = await session.call('process.spawn', { agent: 'thrower' });
    const [first] = await whenEnded(installation, 1);
    expect(first?.output).toMatchObject({ kind: 'exit', pid, exit: 'failed', agent: 'thrower' });
    await session.call('process.spawn', { agent: 'sleeper' });
    await installation.reboot();
    expect(outputs(await whenEnded(installation, 2))[1]).toMatchObject({ agent: 'sleeper', exit: 'killed' });
  });

  test('an event that its agent cannot be started for is told of, and the next one is delivered', async () => {
    await using installation = await boot();
    await installAgent(installation.home, 'reader', mailReader);
    const { id } = await create(installation, {
      agent: 'reader',
      on: { kind: 'webhook', secret: 'HOOK_SECRET' },
      input: { reads: false },
    });
    await rm(join(installation.home, 'agents', 'reader'), { recursive: true });
    await installation.kernel.receive(id, signed('{}'));
    await vi.waitFor(async () => {
      const { triggers } = await installation.session.call('trigger.list', {});
      expect(triggers[0]).toMatchObject({ pending: 0, lastError: expect.stringContaining('reader') });
    });
    await installAgent(installation.home, 'reader', mailReader);
    await installation.kernel.receive(id, signed('{}'));
    await whenEnded(installation, 1, 'reader');
  });
}

describe('SQLite', () => triggerTests(() => bootInstallation({ env })));

const postgres = realComponent('PostgreSQL', await newPostgresDatabase(), 'Install the package postgresql.');
describe.skipIf(postgres === undefined)('PostgreSQL', () =>
  triggerTests(async () => {
    const databaseUrl = await newPostgresDatabase();
    if (databaseUrl === undefined) throw new Error('PostgreSQL is gone.');
    return await bootInstallation({ databaseUrl, env });
  }),
);
