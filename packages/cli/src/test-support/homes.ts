import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whatever keys and models the machine has, the tests use none of them. */
const config = `llms:
  models: [{ name: offline, backend: offline }]
server:
  port: 0
`;

/** An agent that adds, one that talks to itself, and one that waits until it is killed. */
export const agents = {
  adder: `import { defineAgent } from '@aios/sdk';
import { z } from 'zod';
export default defineAgent({
  name: 'adder', permissions: ['process.log', 'tool.call:calculator'],
  input: z.object({ numbers: z.array(z.number()), question: z.string().optional() }),
  run: async ({ numbers, question = '' }, aios) => {
    await aios.process.log({ text: 'adding ' + numbers.length + ' numbers' });
    return { sum: numbers.reduce((sum, number) => sum + number, 0), question };
  },
});
`,
  talker: `import { defineAgent } from '@aios/sdk';
import { z } from 'zod';
export default defineAgent({
  name: 'talker', permissions: ['context.*'],
  input: z.object({ before: z.array(z.string()), after: z.array(z.string()) }),
  run: async ({ before, after }, aios) => {
    const say = (texts) =>
      aios.context.append({ messages: texts.map((content) => ({ role: 'user', content })) });
    await say(before);
    await aios.context.checkpoint({ label: 'start' });
    await say(after);
    return null;
  },
});
`,
  waiter: `import { defineAgent } from '@aios/sdk';
export default defineAgent({
  name: 'waiter', permissions: ['process.log'],
  run: async (_input, aios, { signal }) => {
    await aios.process.log({ text: 'waiting' });
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return null;
  },
});
`,
};

/** A new home with these agents installed and only the offline model. */
export async function createHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aios-cli-'));
  await writeFile(join(home, 'config.yaml'), config);
  for (const [name, source] of Object.entries(agents)) {
    await mkdir(join(home, 'agents', name), { recursive: true });
    await writeFile(join(home, 'agents', name, 'agent.ts'), source);
  }
  return home;
}

export const question = 'Which port does the kernel listen on?';

/** A folder with one document, which answers the question. Not in a home: what is in there cannot be mounted. */
export async function createDocuments(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aios-manual-'));
  const text = '# Ports\n\nThe kernel listens on port 8000 unless AIOS_PORT says otherwise.\n';
  await writeFile(join(folder, 'ports.md'), text);
  return folder;
}
