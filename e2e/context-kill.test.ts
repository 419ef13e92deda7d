// Kept conversations of real kernels: killed (SIGKILL) at the commit of each call, and on a full disk. A durable agent gets the
// answers of an undisturbed run, each change is there once, and nothing is lost.

import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installAgent } from '@aios/testing/installation';
import { realComponent } from '@aios/testing/real-component';
import { afterAll, expect, test } from 'vitest';
import { startKernel, untilCrash } from './kernel-process.ts';
import { mountSmallDisk } from './small-disk.ts';

const offline = 'llms:\n  models:\n    - { name: offline, backend: offline }\n';
const thinker = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'thinker',
  permissions: ['llm.chat', 'context.*', 'process.*'],
  async run(_input, aios) {
    const ask = (content, conversation = 'main') =>
      aios.llm.chat({ messages: [{ role: 'user', content }], conversation });
    const read = async (input) => (await aios.context.read(input)).messages.map(({ content }) => content);
    await aios.context.append({ messages: [{ role: 'system', content: 'The ship has 42 masts.' }] });
    await ask('How many masts has the ship?');
    const { id } = await aios.context.checkpoint({ label: 'asked' });
    await ask('And how many sails?');
    await aios.context.fork({ checkpoint: id, as: 'other' });
    await ask('Is that many?', 'other');
    const { before } = await aios.context.restore({ checkpoint: id });
    const { pid } = await aios.context.fork({ spawn: { agent: 'reader', input: null, durable: true } });
    const { common, removed, added } = await aios.context.diff({ from: before });
    return {
      main: await read({}),
      other: await read({ conversation: 'other' }),
      pid,
      diff: [common, removed.messages, added.messages],
    };
  },
});`;
const reader = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'reader',
  permissions: ['context.read'],
  run: async (_input, aios) => (await aios.context.read()).messages.map(({ content }) => content),
});`;

/** The calls of the agent that change something, in their order. */
const changes = [
  'context.append',
  'llm.chat',
  'context.checkpoint',
  'llm.chat',
  'context.fork',
  'llm.chat',
  'context.restore',
  'context.fork',
];

const homes: string[] = [];
async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aios-context-kill-'));
  homes.push(home);
  await writeFile(join(home, 'config.yaml'), offline);
  await installAgent(home, 'thinker', thinker);
  await installAgent(home, 'reader', reader);
  return home;
}
afterAll(async () => {
  for (const home of homes) await rm(home, { recursive: true, force: true });
});

/** What an undisturbed run ends with. */
async function undisturbed(): Promise<unknown> {
  await using kernel = await startKernel({ home: await newHome() });
  const { pid } = await kernel.client.process.spawn({ agent: 'thinker', durable: true });
  const ended = await kernel.client.process.wait({ pid, timeoutMs: 30_000 });
  expect([ended.state, ended.error]).toEqual(['succeeded', undefined]);
  return ended.output;
}

test('an agent whose kernel is killed at each of its changes has the conversations of an undisturbed run', async () => {
  const expected = await undisturbed();
  const home = await newHome();
  const first = await startKernel({ home, env: { AIOS_FAULT: 'after-answer:context.append' } });
  const { pid } = await first.client.process.spawn({ agent: 'thinker', durable: true });
  await first.crashed;
  await first.client[Symbol.asyncDispose]();
  // In the transaction, before its commit; then after it, before anybody hears of it.
  const faults = changes.flatMap((call) => [`after-answer:${call}`, `after-receipt:${call}`]).slice(1);
  for (const fault of faults) {
    expect([fault, await untilCrash({ home, env: { AIOS_FAULT: fault } })]).toEqual([fault, 'SIGKILL']);
  }

  await using kernel = await startKernel({ home });
  const ended = await kernel.client.process.wait({ pid, timeoutMs: 30_000 });
  expect([ended.state, ended.error]).toEqual(['succeeded', undefined]);
  expect(ended.output).toEqual(expected);
  const { conversations, checkpoints } = await kernel.client.context.list({ pid });
  expect(conversations.map(({ conversation, length }) => [conversation, length])).toEqual([
    ['main', 3],
    ['other', 5],
  ]);
  expect(checkpoints.map(({ cause, length }) => [cause, length])).toEqual([
    ['restore', 5],
    ['request', 3],
  ]);
  const { processes } = await kernel.client.process.list({});
  const children = processes.filter(({ agent }) => agent === 'reader');
  expect(children.map((child) => child.pid)).toEqual([2]);
  const inherited = await kernel.client.context.read({ pid: 2 });
  expect(inherited.messages.map(({ content }) => content)).toEqual(Object(expected).main);
}, 120_000);

/** The kernel writes as well, so the last bytes may be gone before they are filled. */
async function fillDisk(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  await writeFile(join(path, 'filler'), Buffer.alloc(bavail * bsize)).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error;
    },
  );
}

test('on a full disk nothing is half added, what was there stays, and it works again when there is room', async () => {
  const disk = realComponent('small disk (tmpfs)', mountSmallDisk(24), 'Run the tests as root.');
  if (disk === undefined) return;
  using mounted = disk;
  const home = join(mounted.path, 'home');
  await mkdir(home);
  await writeFile(join(home, 'config.yaml'), offline);
  await installAgent(home, 'reader', reader);
  await using kernel = await startKernel({ home });
  const { context, process } = kernel.client;
  const { pid } = await process.spawn({ agent: 'reader' });
  await process.wait({ pid });
  const say = (content: string) => ({ pid, messages: [{ role: 'user' as const, content }] });
  await context.append(say('precious'));
  const { id } = await context.checkpoint({ pid, label: 'kept' });
  await context.append(say('later'));

  await fillDisk(mounted.path);
  const before = await context.list({ pid });
  const large = [say('small'), say('x'.repeat(900_000))].flatMap(({ messages }) => messages);
  await expect(context.append({ pid, messages: large })).rejects.toMatchObject({
    code: 'unavailable',
    disposition: 'operator',
    message: expect.stringMatching(/full|space/i),
  });
  // These need less room than the disk may still have: each is whole or refused.
  const attempts = [context.checkpoint({ pid }), context.fork({ pid, as: 'other' })];
  const outcomes = await Promise.allSettled(attempts);
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'unavailable' } });
  const after = await context.list({ pid });
  const found = after.checkpoints.length + after.conversations.length;
  expect(found).toBe(before.checkpoints.length + before.conversations.length + 2 - refused.length);
  expect((await context.read({ pid })).messages.map(({ content }) => content)).toEqual(['precious', 'later']);

  await rm(join(mounted.path, 'filler'));
  await context.append(say('again'));
  await context.restore({ checkpoint: id });
  expect((await context.read({ pid })).messages.map(({ content }) => content)).toEqual(['precious']);
}, 60_000);
