// Messages of durable processes through a whole kernel, over restarts, on both databases.

import { databaseKinds } from '@aios/testing/databases';
import { eventually } from '@aios/testing/eventually';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { describe, expect, test } from 'vitest';

const config = `llms:
  models:
    - { name: offline, backend: offline }
agent_factory:
  drop_waiting_after_ms: 20
`;

function mailTests(boot: () => Promise<Installation>): void {
  test('a durable process receives each message once, whatever restarts and rests come in between', async () => {
    await using installation = await boot();
    const { pid } = await installation.session.call('process.spawn', {
      agent: 'collector',
      durable: true,
      input: { messages: 6 },
    });
    const send = (content: number) => installation.session.call('message.send', { to: 'collector', content });
    await send(1);
    await send(2);
    await eventually(async () => {
      const { entries } = await installation.session.call('process.logs', { pid });
      expect(entries.map(({ text }) => text)).toContain('received 2');
    });
    await installation.reboot();
    await send(3);
    await eventually(() => expect(() => installation.kernel.open(installation.token, { pid })).toThrow());
    await send(4);
    await installation.reboot();
    await send(5);
    await send(6);
    const ended = await installation.session.call('process.wait', { pid, timeoutMs: 10_000 });
    expect(ended).toMatchObject({ state: 'succeeded', output: [1, 2, 3, 4, 5, 6] });
    const { entries } = await installation.session.call('process.logs', { pid });
    const received = entries.map(({ text }) => text).filter((text) => text.startsWith('received'));
    expect(received).toEqual([1, 2, 3, 4, 5, 6].map((number) => `received ${number}`));
  });

  test('who asks may sleep without its code until the reply comes, also over a restart', async () => {
    await using installation = await boot();
    const { pid } = await installation.session.call('process.spawn', {
      agent: 'asks',
      durable: true,
      input: { of: 'collector' },
    });
    await eventually(() => expect(() => installation.kernel.open(installation.token, { pid })).toThrow());
    await installation.reboot();
    await installation.session.call('process.spawn', { agent: 'collector', input: { messages: 1 } });
    const ended = await installation.session.call('process.wait', { pid, timeoutMs: 10_000 });
    expect(ended).toMatchObject({ state: 'succeeded', output: { answerTo: 'what time is it?' } });
  });

  test('a reply that does not come in time is an error, and mail needs a permission', async () => {
    await using installation = await boot();
    const { session } = installation;
    const { pid } = await session.call('process.spawn', {
      agent: 'asks',
      input: { of: 'nobody', timeoutMs: 30 },
    });
    expect(await session.call('process.wait', { pid })).toMatchObject({
      error: { code: 'deadline_exceeded' },
    });
    const { pid: narrow } = await session.call('process.spawn', {
      agent: 'caller',
      permissions: ['message.send:clerk'],
      input: {
        calls: [
          { name: 'message.send', input: { to: 'clerk', content: 1 } },
          { name: 'message.send', input: { to: 'guard', content: 1 } },
          { name: 'message.receive', input: {} },
        ],
      },
    });
    expect((await session.call('process.wait', { pid: narrow })).output).toMatchObject([
      { output: { id: expect.any(Number) } },
      { code: 'permission_denied' },
      { code: 'permission_denied' },
    ]);
  });
}

describe.each(await databaseKinds())('$name', ({ place }) =>
  mailTests(async () => await bootInstallation({ ...(await place()), config })),
);
