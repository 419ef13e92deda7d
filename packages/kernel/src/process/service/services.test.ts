import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@aios/testing/eventually';
import { bootInstallation, type Installation, installAgent } from '@aios/testing/installation';
import { expect, test } from 'vitest';

const models = `llms:
  models:
    - { name: offline, backend: offline }
`;
const services = `services:
  - { name: front, agent: front, after: [ store ] }
  - { name: store, agent: store, input: { wait: true } }
`;

/** Asks nothing of the kernel for a while, and then waits for mail. */
const store = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'store',
  permissions: ['message.receive'],
  run: async (_input, aios) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (;;) if ((await aios.message.receive()).content === 'end') return 'ended';
  },
});`;
const front = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'front',
  permissions: ['message.receive'],
  run: async (_input, aios) => (await aios.message.receive()).content,
});`;

const processes = async ({ session }: Installation) =>
  (await session.call('process.list', {})).processes
    .map(({ pid, agent, state }) => ({ pid, agent, state }))
    .reverse();

test('services start in their order, each once over restarts of the kernel, and again where they have ended', async () => {
  await using installation = await bootInstallation({ config: models });
  await installAgent(installation.home, 'store', store);
  await installAgent(installation.home, 'front', front);
  await installation.reboot(() => writeFile(join(installation.home, 'config.yaml'), `${models}${services}`));
  // The one that waits is healthy; the other one comes after it.
  await eventually(async () =>
    expect(await processes(installation)).toEqual([
      { pid: 1, agent: 'store', state: 'waiting' },
      { pid: 2, agent: 'front', state: 'waiting' },
    ]),
  );
  const { session } = installation;
  expect((await session.call('process.get', { pid: (await first(installation)).pid })).restart).toMatchObject(
    {
      policy: 'on-failure',
    },
  );
  await installation.reboot();
  await eventually(async () =>
    expect((await processes(installation)).map(({ state }) => state)).toEqual(['waiting', 'waiting']),
  );
  await installation.session.call('message.send', { to: 'front', content: 'end' });
  await eventually(async () => expect((await processes(installation))[1]?.state).toBe('succeeded'));
  await installation.reboot();
  await eventually(async () =>
    expect((await processes(installation)).map(({ agent, state }) => [agent, state])).toEqual([
      ['store', 'waiting'],
      ['front', 'succeeded'],
      ['front', 'waiting'],
    ]),
  );
}, 60_000);

const first = async ({ session }: Installation) => {
  const { processes: all } = await session.call('process.list', {});
  const [oldest] = all.toReversed();
  if (oldest === undefined) throw new Error('No process.');
  return oldest;
};
