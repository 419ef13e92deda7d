// kill -9 of the kernel at random moments: whatever was acknowledged is there after the next boot, and nothing is left
// in between.

import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@aios/sdk';
import { installAgent } from '@aios/testing/installation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKernel } from './kernel-process.ts';

const rounds = 8;
const agentSource = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'writer',
  permissions: ['*'],
  async run(input, aios) {
    for (let step = 1; step <= 5; step += 1) {
      await aios.storage.write({ path: '/work/' + input + '-' + step + '.txt', content: 'step ' + step });
    }
    return 'done ' + input;
  },
});`;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aios-kill-'));
  await writeFile(join(home, 'config.yaml'), 'llms:\n  models:\n    - { name: offline, backend: offline }\n');
  await installAgent(home, 'writer', agentSource);
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

/** What the kernel said was done. */
interface Acknowledged {
  /** Content by path and version. */
  readonly files: Map<string, string>;
  readonly notes: Map<string, string>;
  readonly durable: Map<number, string>;
  readonly ordinary: number[];
}

/** Does work of all kinds until the kernel is gone. */
async function workUntilGone(client: Client, round: number, acknowledged: Acknowledged): Promise<void> {
  const { files, notes, durable, ordinary } = acknowledged;
  let count = 0;
  const loops = [
    async () => {
      const path = `/data/file-${count % 3}.txt`;
      const content = `round ${round}, write ${count}`;
      const { version } = await client.storage.write({ path, content });
      files.set(`${path}@${version}`, content);
    },
    async () => {
      const content = `keepsake${round}x${count} to remember`;
      const { id } = await client.memory.add({ content });
      notes.set(id, content);
    },
    async () => {
      const input = `r${round}n${count}`;
      const { pid } = await client.process.spawn({ agent: 'writer', input, durable: true });
      durable.set(pid, input);
    },
    async () => {
      const { pid } = await client.process.spawn({ agent: 'writer', input: `o${round}n${count}` });
      ordinary.push(pid);
    },
  ];
  const work = loops.map(async (step) => {
    while (true) {
      count += 1;
      await step();
    }
  });
  // Each loop ends when its connection does.
  await Promise.allSettled(work);
}

async function checkAcknowledged(
  client: Client,
  { files, notes, durable, ordinary }: Acknowledged,
): Promise<void> {
  for (const [key, content] of files) {
    const [path = '', version] = key.split('@');
    expect((await client.storage.read({ path, version: Number(version) })).content).toBe(content);
  }
  for (const [id, content] of notes) {
    const { notes: found } = await client.memory.search({ query: content.split(' ')[0] ?? '', limit: 3 });
    expect(found.map((note) => note.id)).toContain(id);
  }
  for (const [pid, input] of durable) {
    const ended = await client.process.wait({ pid: pid, timeoutMs: 30_000 });
    expect(ended).toMatchObject({ state: 'succeeded', output: `done ${input}` });
  }
  for (const pid of ordinary) {
    const { state } = await client.process.wait({ pid: pid, timeoutMs: 30_000 });
    expect(['succeeded', 'lost']).toContain(state);
  }
}

test('no acknowledged write is lost, durable processes end well, others end or are marked lost', async () => {
  const acknowledged: Acknowledged = { files: new Map(), notes: new Map(), durable: new Map(), ordinary: [] };
  const delays: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const kernel = await startKernel({ home });
    const working = workUntilGone(kernel.client, round, acknowledged);
    const afterMs = Math.round(Math.random() * 500);
    delays.push(afterMs);
    await delay(afterMs);
    await kernel.crash();
    await working;
  }
  expect(acknowledged.files.size, `kernel killed after ${delays.join(', ')} ms`).toBeGreaterThan(0);
  await using kernel = await startKernel({ home });
  await checkAcknowledged(kernel.client, acknowledged);
  const { processes } = await kernel.client.process.list({
    states: ['created', 'ready', 'running', 'waiting'],
  });
  expect(processes).toEqual([]);
  expect(globSync('**/*.tmp*', { cwd: home })).toEqual([]);
}, 120_000);
