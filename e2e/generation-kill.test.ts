// kill -9 between any two steps of keeping a generation and going on with it. One durable process asks one question; the kernel
// dies before the model is asked, after it was asked, with a snapshot on disk, while the model goes on, with the answer in
// memory, and with the answer on disk. In the end the answer is whole, given once, and nothing is left over.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { a100, type EngineServer, startEngineServer } from '@aios/testing/inference-engine';
import { installAgent } from '@aios/testing/installation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startKernel, untilCrash } from './kernel-process.ts';

const tokens = 600;
const agent = `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'teller',
  permissions: ['llm.chat'],
  async run(input, aios) {
    let told = '';
    const request = { messages: [{ role: 'user', content: 'Tell a story ~${tokens}' }], temperature: 0 };
    const { message, metadata } = await aios.llm.chat(request, { onChunk: (chunk) => { told += chunk.text ?? ''; } });
    return { text: message.content, told, metadata: metadata ?? null };
  },
});`;
const output = z.object({
  text: z.string(),
  told: z.string(),
  metadata: z.object({ resumed: z.object({ slices: z.number() }) }).nullable(),
});

let home: string;
let engine: EngineServer;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aios-generation-'));
  engine = await startEngineServer(a100);
  const model = { name: 'engine', backend: 'vllm', model: a100.model, hostname: `${engine.origin}/v1` };
  await writeFile(join(home, 'config.yaml'), JSON.stringify({ llms: { models: [model] } }));
  await installAgent(home, 'teller', agent);
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

const written = () => engine.engine.counts.generatedTokens;

/** Length of the text in the snapshot; -1 where there is none. */
function keptLength(): number {
  using database = new DatabaseSync(join(home, 'aios.db'), { readOnly: true });
  const row = database.prepare("select length(progress ->> '$.text') as length from generations").get();
  return z.object({ length: z.number() }).safeParse(row).data?.length ?? -1;
}

/** Boots the kernel, kills it when the condition holds. */
async function killWhen(condition: () => boolean): Promise<void> {
  const kernel = await startKernel({ home });
  await expect.poll(condition, { interval: 5, timeout: 20_000 }).toBe(true);
  await kernel.crash();
}

test('wherever the kernel is killed, the generation goes on from its snapshot, and its answer is whole', async () => {
  const alone = await tellUndisturbed();
  const whole = written();

  const first = await startKernel({ home, env: { AIOS_FAULT: 'before-journal:llm.chat' } });
  const { pid } = await first.client.process.spawn({ agent: 'teller', durable: true });
  await first.crashed;
  await first.client[Symbol.asyncDispose]();
  expect(keptLength()).toBe(-1);
  expect(await untilCrash({ home, env: { AIOS_FAULT: 'after-dispatch:llm.chat' } })).toBe('SIGKILL');

  // With the first snapshot on disk, then with a later one, each time before anything else happens.
  await killWhen(() => keptLength() > 0);
  const firstLength = keptLength();
  await killWhen(() => keptLength() > firstLength);
  const secondLength = keptLength();

  // While the model goes on from the snapshot and none was taken since.
  const before = written();
  await killWhen(() => written() > before + 20);
  expect(keptLength()).toBeGreaterThanOrEqual(secondLength);

  for (const fault of ['after-answer', 'after-receipt']) {
    expect(await untilCrash({ home, env: { AIOS_FAULT: `${fault}:llm.chat` } })).toBe('SIGKILL');
    // The snapshot is there until the answer is.
    if (fault === 'after-answer') expect(keptLength()).toBeGreaterThan(secondLength);
    else expect(keptLength()).toBe(-1);
  }

  await using kernel = await startKernel({ home });
  const ended = await kernel.client.process.wait({ pid, timeoutMs: 30_000 });
  expect(ended.state).toBe('succeeded');
  const { text, metadata } = output.parse(ended.output);
  expect(text).toBe(alone);
  expect(metadata?.resumed.slices).toBeGreaterThan(2);
  expect(keptLength()).toBe(-1);
  // Each kill costs what was written since the last snapshot, a second at most; asked anew each time it would be 3,000 tokens.
  expect(written() - whole).toBeLessThan(3 * tokens);
}, 120_000);

async function tellUndisturbed(): Promise<string> {
  await using kernel = await startKernel({ home });
  const { pid } = await kernel.client.process.spawn({ agent: 'teller' });
  const ended = await kernel.client.process.wait({ pid, timeoutMs: 30_000 });
  expect(ended.error).toBeUndefined();
  return output.parse(ended.output).text;
}
