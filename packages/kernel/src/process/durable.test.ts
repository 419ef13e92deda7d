// Durable processes over a restart of the kernel, on both databases.

import { type EventOf, type KernelEvent, pid as pidSchema } from '@aios/protocol';
import { databaseKinds } from '@aios/testing/databases';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { describe, expect, test } from 'vitest';

/** An agent with this at its beginning. */
const changingAgent = (beginning: string) => `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'changing',
  permissions: ['*'],
  async run(_input, aios) {
    ${beginning}
    const { pid } = await aios.process.spawn({ agent: 'sleeper' });
    await aios.process.wait({ pid });
    return ${beginning === '' ? 'null' : 'version'};
  },
});`;

/** Resolves when some process waits for a child. */
async function whenWaiting({ kernel }: Installation, start: () => Promise<unknown>): Promise<void> {
  const waiting = Promise.withResolvers<void>();
  using _subscription = kernel.events.subscribe((event) => {
    if (event.type === 'process-changed' && event.to === 'waiting') waiting.resolve();
  });
  await start();
  await waiting.promise;
}

function durableTests(boot: () => Promise<Installation>): void {
  test('a durable process goes on after a restart: answered calls are not made again', async () => {
    await using installation = await boot();
    const { session } = installation;
    let spender = pidSchema.parse(1);
    await whenWaiting(installation, async () => {
      ({ pid: spender } = await session.call('process.spawn', { agent: 'spender', durable: true }));
    });
    await installation.reboot();

    const events: EventOf<'syscall-settled'>[] = [];
    using _subscription = installation.kernel.events.subscribe((event: KernelEvent) => {
      if (event.type === 'syscall-settled' && event.pid === spender) events.push(event);
    });
    const ended = await installation.session.call('process.wait', { pid: spender, timeoutMs: 10_000 });
    expect(ended).toMatchObject({
      state: 'succeeded',
      output: {
        first: expect.stringContaining('42'),
        second: expect.stringContaining('42'),
        state: 'killed',
      },
    });
    const { processes } = await installation.session.call('process.list', {});
    expect(processes.filter(({ agent }) => agent === 'sleeper')).toHaveLength(1);
    const logs = await installation.session.call('process.logs', { pid: spender });
    const models = logs.entries.filter(({ text }) => text.startsWith('llm.chat'));
    expect(models.map(({ text }) => (text.includes('replayed') ? 'replayed' : 'asked'))).toEqual([
      'asked',
      'replayed',
      'asked',
    ]);
    expect(logs.entries.map(({ text }) => text)).toContain('created: resumed after the kernel stopped');
    expect(ended.used.calls).toBe(5);
  });

  test('code that was changed asks for its version: processes from before go the old way, later ones the new', async () => {
    await using installation = await boot();
    const changed = `const version = await aios.version('greet first');
      if (version >= 1) await aios.process.log({ text: 'good day' });`;
    const start = async () => {
      let pid = pidSchema.parse(1);
      await whenWaiting(installation, async () => {
        ({ pid } = await installation.session.call('process.spawn', { agent: 'changing', durable: true }));
      });
      return pid;
    };
    await installAgent(installation.home, 'changing', changingAgent(''));
    const early = await start();
    await installAgent(installation.home, 'changing', changingAgent(changed));
    await installation.reboot();
    const late = await start();
    // Each is asked for its version again.
    await installation.reboot();
    const { processes } = await installation.session.call('process.list', {});
    for (const child of processes.filter(({ agent }) => agent === 'sleeper')) {
      await installation.session.call('process.kill', { pid: child.pid });
    }
    const outputs = [early, late].map(async (pid) => {
      return (await installation.session.call('process.wait', { pid, timeoutMs: 10_000 })).output;
    });
    expect(await Promise.all(outputs)).toEqual([0, 1]);
  });

  test('a process that is resumed finds its children alive, and waits for them', async () => {
    await using installation = await boot();
    const { session } = installation;
    let parent = pidSchema.parse(1);
    await whenWaiting(installation, async () => {
      ({ pid: parent } = await session.call('process.spawn', { agent: 'patient-parent', durable: true }));
    });
    await installation.reboot();
    const { processes } = await installation.session.call('process.list', {});
    const child = processes.find((process) => process.parent === parent);
    if (child === undefined) throw new Error('the child is gone');
    await installation.session.call('process.kill', { pid: child.pid });
    const ended = await installation.session.call('process.wait', { pid: parent, timeoutMs: 10_000 });
    expect(ended).toMatchObject({ state: 'succeeded', output: 'killed' });
  });

  test('a process that was not durable is killed by an orderly restart', async () => {
    await using installation = await boot();
    const { pid } = await installation.session.call('process.spawn', { agent: 'sleeper' });
    await installation.reboot();
    expect(await installation.session.call('process.get', { pid })).toMatchObject({
      state: 'killed',
      error: { detail: 'The kernel closed.' },
    });
  });

  test('a suspended process stays suspended over a restart, and hears a message at the same call when it runs again', async () => {
    await using installation = await boot();
    let pid = pidSchema.parse(1);
    await whenWaiting(installation, async () => {
      ({ pid } = await installation.session.call('process.spawn', { agent: 'hearer', durable: true }));
    });
    await installation.session.call('process.signal', { pid, signal: 'interrupt', message: 'turn left' });
    await installation.session.call('process.signal', { pid, signal: 'suspend', scope: 'process' });
    await installation.reboot();
    expect(await installation.session.call('process.get', { pid })).toMatchObject({ state: 'suspended' });
    await whenWaiting(installation, async () => {
      await installation.session.call('process.signal', { pid, signal: 'resume' });
    });
    await installation.reboot();
    const ended = await installation.session.call('process.wait', { pid, timeoutMs: 10_000 });
    expect(ended).toMatchObject({ state: 'succeeded', output: { before: 0, after: 1 } });
  });

  test('a durable agent that does something else when it runs again fails, and both calls are named', async () => {
    await using installation = await boot();
    const { session } = installation;
    let fickle = pidSchema.parse(1);
    await whenWaiting(installation, async () => {
      ({ pid: fickle } = await session.call('process.spawn', { agent: 'fickle', durable: true }));
    });
    await installation.reboot();
    expect(await installation.session.call('process.wait', { pid: fickle, timeoutMs: 10_000 })).toMatchObject(
      {
        state: 'failed',
        error: {
          code: 'failed_precondition',
          detail: expect.stringMatching(/call 1 is memory\.search with another value of query than before/),
        },
      },
    );
  });

  test('notes, files and logs are there after a restart', async () => {
    await using installation = await boot();
    await installation.session.call('storage.write', { path: '/a.txt', content: 'kept' });
    await installation.session.call('memory.add', { content: 'a note about zebras' });
    await installation.reboot();
    const { session } = installation;
    expect((await session.call('storage.read', { path: '/a.txt' })).content).toBe('kept');
    expect((await session.call('storage.search', { query: 'kept' })).matches).toHaveLength(1);
    expect((await session.call('memory.search', { query: 'zebra' })).notes).toHaveLength(1);
  });
}

describe.each(await databaseKinds())('$name', ({ place }) =>
  durableTests(async () => await bootInstallation(await place())),
);
