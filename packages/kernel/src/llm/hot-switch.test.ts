import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChatReply } from '@aios/protocol';
import { always, type OpenAiServer, startOpenAiServer } from '@aios/testing';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { expect, test } from 'vitest';

// Adding, removing and repointing models while 200 requests are under way, through a whole kernel and over real sockets.

const requests = 200;

interface Entry {
  readonly name: string;
  readonly url: string;
}

/** Few slots, so that most calls wait in a queue while the models change. JSON is YAML too. */
function configOf(models: readonly Entry[], groups: object[] = []): string {
  const entries = models.map(({ name, url }) => ({ name, backend: 'vllm', hostname: url, concurrency: 8 }));
  return JSON.stringify({ llms: { models: entries, groups, retries: 0 } });
}

async function change(installation: Installation, config: string): Promise<void> {
  await writeFile(join(installation.home, 'config.yaml'), config);
  await installation.session.call('kernel.refresh', {});
}

function ask({ session }: Installation, model: string | undefined, index: number): Promise<ChatReply> {
  const messages = [{ role: 'user' as const, content: `Question ${index}` }];
  const onChunk = index % 2 === 0 ? { onChunk: () => undefined } : {};
  return session.call('llm.chat', { messages, ...(model && { model }) }, onChunk);
}

/** Waits for so many calls; what the kernel asks the server about its models does not count. */
async function called(server: OpenAiServer, times: number): Promise<void> {
  for (let index = 0, seen = 0; seen < times; index += 1) {
    const { method } = await server.requestAt(index);
    if (method === 'POST') seen += 1;
  }
}

const callsTo = (server: OpenAiServer) => server.requests.filter(({ method }) => method === 'POST').length;

test(`no request of ${requests} in flight is dropped while models are added, removed and repointed`, async () => {
  await using first = await startOpenAiServer({ script: always({ text: 'first', delayMs: 30 }) });
  await using second = await startOpenAiServer({ script: always({ text: 'second', delayMs: 30 }) });
  await using third = await startOpenAiServer({ script: always({ text: 'third', delayMs: 30 }) });
  const start = [
    { name: 'moving', url: first.baseUrl },
    { name: 'leaving', url: second.baseUrl },
  ];
  await using installation = await bootInstallation({ config: configOf(start) });
  const names = ['moving', 'leaving', undefined];
  const running = Array.from({ length: requests }, (_none, index) =>
    ask(installation, names[index % 3], index),
  );
  await called(first, 3);

  let unsettled = requests;
  for (const call of running) void call.finally(() => (unsettled -= 1)).catch(() => undefined);
  const repointed = { name: 'moving', url: third.baseUrl };
  const coming = { name: 'coming', url: third.baseUrl };
  await change(installation, configOf([...start, coming]));
  const added = ask(installation, 'coming', 0);
  await change(installation, configOf([repointed, coming]));
  await expect(ask(installation, 'leaving', 0)).rejects.toMatchObject({ code: 'not_found' });
  const moved = ask(installation, 'moving', 0);
  await change(installation, configOf([repointed, { name: 'leaving', url: third.baseUrl }]));
  const returned = ask(installation, 'leaving', 0);
  expect(unsettled).toBeGreaterThan(requests / 10);

  const settled = await Promise.allSettled(running);
  expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
  const late = await Promise.all([added, moved, returned]);
  expect(late.map(({ message }) => message.content)).toEqual(['third', 'third', 'third']);
  expect(callsTo(first) + callsTo(second)).toBe(requests);
  expect(callsTo(third)).toBe(3);
  const { queues } = await installation.session.call('kernel.status', {});
  expect(queues.every(({ running: now, queued }) => now === 0 && queued === 0)).toBe(true);
});

test('a call falls back on a model that was taken away after the call had begun', async () => {
  await using down = await startOpenAiServer({
    script: always({ delayMs: 60, fault: { kind: 'status', status: 503, message: 'We are down' } }),
  });
  await using up = await startOpenAiServer({ script: always({ text: 'still here' }) });
  const models = [
    { name: 'failing', url: down.baseUrl },
    { name: 'leaving', url: up.baseUrl },
  ];
  const group = { name: 'both', models: ['failing', 'leaving'] };
  await using installation = await bootInstallation({ config: configOf(models, [group]) });
  const running = ask(installation, 'both', 1);
  await called(down, 1);
  await change(installation, configOf(models.slice(0, 1)));
  const reply = await running;
  expect(reply).toMatchObject({ model: 'leaving', message: { content: 'still here' } });
  expect(reply.metadata?.tried).toMatchObject([{ model: 'failing', code: 'unavailable' }]);
  expect(JSON.stringify(reply.metadata)).toMatch(/We are down/);
});
