// What an agent that nobody trusts gets hold of: outside of a sandbox, to show that the attempts are real, and inside.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createSandbox } from '../../../sandbox/index.ts';
import { sandboxOfMachine } from '../../../sandbox/sandbox.fixture.ts';
import { createSandboxProgram } from './sandbox-program.ts';

/** Leaves a file when it is loaded, and says what it could read and reach when it runs. */
const thief = `
import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
const home = new URL('../../', import.meta.url);
try { writeFileSync(new URL('loaded', home), ''); } catch {}
const attempt = async (work) => { try { return await work(); } catch (error) { return error.code ?? error.cause?.code ?? 'failed'; } };
export default {
  [Symbol.for('aios.agent')]: true,
  manifest: { name: 'thief', permissions: ['memory.add'], runtime: 'worker' },
  start: async ({ files, address }, channel) => ({
    files: await Promise.all(files.map((file) => attempt(() => readFileSync(file, 'utf8').length > 0))),
    address: await attempt(async () => (await fetch(address)).status),
    neighbours: await attempt(() => readdirSync(new URL('../', import.meta.url)).includes('neighbour')),
    allowed: await attempt(async () => (await channel.call('memory.add', { content: 'mine' })).id !== ''),
    denied: await attempt(async () => await channel.call('storage.list', { path: '/' })),
    user: process.getuid?.(),
  }),
};
`;

const config = (sandboxes: boolean) => `
llms:
  models:
    - { name: offline, backend: offline }
agent_factory:
  sandbox_untrusted: ${sandboxes}
`;

async function bootWithThief(sandboxes: boolean, env = {}): Promise<Installation> {
  const installation = await bootInstallation({ config: config(sandboxes), env });
  for (const [name, text] of [
    ['thief', thief],
    ['neighbour', thief],
  ] as const) {
    await mkdir(join(installation.home, 'agents', name), { recursive: true });
    await writeFile(join(installation.home, 'agents', name, 'agent.mjs'), text);
  }
  return installation;
}

const server = createServer((_, response) => response.end());
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

async function runIn({ session, home }: Installation, agent = 'thief') {
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const input = {
    files: [join(home, 'credentials'), join(home, 'aios.db'), '/etc/passwd'],
    address,
  };
  const { pid } = await session.call('process.spawn', { agent, input });
  return await session.call('process.wait', { pid, timeoutMs: 15_000 });
}

const gains = z.looseObject({ files: z.array(z.unknown()), address: z.string(), user: z.number() });

const sandbox = await sandboxOfMachine();

describe.skipIf(sandbox === undefined)('an agent that is not trusted', () => {
  test('reads what it likes without a sandbox', async () => {
    await using installation = await bootWithThief(false);
    const { output } = await runIn(installation);
    expect(output).toMatchObject({
      files: [true, true, true],
      neighbours: true,
      address: 200,
      allowed: true,
    });
    expect(existsSync(join(installation.home, 'loaded'))).toBe(true);
  });

  test('runs in one whatever it asks for, where the operator wants that, and gets nothing but its system calls', async () => {
    await using installation = await bootWithThief(true);
    const ended = await runIn(installation);
    expect(ended).toMatchObject({ state: 'succeeded', runtime: 'sandbox' });
    const output = gains.parse(ended.output);
    expect(output).toMatchObject({ neighbours: false, allowed: true, denied: 'permission_denied' });
    // It has an /etc/passwd of its own, with itself in it.
    expect(output.files).toEqual(['ENOENT', 'ENOENT', true]);
    expect(await readFile('/etc/passwd', 'utf8')).not.toContain(`agent:x:${output.user}:`);
    expect(output.address).toMatch(/ECONNREFUSED|ENETUNREACH/);
    // Its file was loaded for its manifest, in a sandbox too.
    expect(existsSync(join(installation.home, 'loaded'))).toBe(false);
  });

  test('that is a file among others sees that file alone', async () => {
    await using installation = await bootWithThief(true);
    const folder = await mkdtemp(join(tmpdir(), 'aios-lone-'));
    try {
      await mkdir(join(folder, 'neighbour'));
      await writeFile(join(folder, 'secret'), 'x');
      await writeFile(
        join(folder, 'lone.mjs'),
        thief.replace("new URL('../', import.meta.url)", "new URL('.', import.meta.url)"),
      );
      const ended = await runIn(installation, join(folder, 'lone.mjs'));
      expect(ended).toMatchObject({ state: 'succeeded', output: { neighbours: false } });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('cannot lie in the home itself', async () => {
    await using installation = await bootWithThief(true);
    await writeFile(join(installation.home, 'agent.mjs'), thief);
    const started = installation.session.call('process.spawn', { agent: installation.home, input: null });
    await expect(started).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('folder of its own'),
    });
  });

  test.skipIf(!existsSync('/usr/bin/python3'))('may be written in Python', async () => {
    await using installation = await bootWithThief(true, { AIOS_PYTHON: '/usr/bin/python3' });
    await mkdir(join(installation.home, 'agents', 'snake'));
    await writeFile(
      join(installation.home, 'agents', 'snake', 'agent.py'),
      `from aios_sdk import Aios, agent

@agent(name="snake", permissions=["memory.add"])
def run(aios: Aios, input):
    aios.memory.add(content="from a sandbox")
    try:
        return open(input["files"][0]).read()
    except OSError as error:
        return error.strerror
`,
    );
    expect(await runIn(installation, 'snake')).toMatchObject({
      state: 'succeeded',
      runtime: 'sandbox',
      output: 'No such file or directory',
    });
  });
});

test('without a sandbox on the machine nothing of the agent runs', async () => {
  const none = createSandbox({ logger: pino({ level: 'silent' }), folders: ['/nowhere'] });
  const program = createSandboxProgram({
    sandbox: none,
    node: () => ({ command: process.execPath, arguments: [], environment: {}, folder: '/' }),
    python: () => Promise.reject(new Error('not asked')),
    pythonPath: undefined,
    offeredImports: {},
    maxHeapBytes: () => 100_000_000,
    limits: () => ({ processes: 32, diskBytes: 1_000_000, files: 100 }),
    home: '/nowhere',
  });
  await expect(program('file:///agents/some/agent.ts')).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('apt install bubblewrap'),
  });
});
