import { type ExecFileException, execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../bin/aios.mjs', import.meta.url));
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Nothing listens on it, and nobody but root may make something listen. */
const deadUrl = 'http://127.0.0.1:1';

let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aios-cli-'));
});
afterAll(() => rm(home, { recursive: true }));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function start(node: string, file: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const whole = { PATH: process.env.PATH, HOME: home, AIOS_HOME: home, ...env };
    const options = { env: whole, maxBuffer: 100_000_000 };
    execFile(node, [file, ...args], options, (error: ExecFileException | null, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

const aios = (...args: string[]) => start(process.execPath, main, args);

test('version and help go to standard output', async () => {
  expect(await aios('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
  const help = await aios('run', '--help');
  expect(help.code).toBe(0);
  for (const option of [
    '--input',
    '--ask',
    '--allow',
    '--runtime',
    '--durable',
    '--budget-tokens',
    '--detach',
    '--json',
  ]) {
    expect(help.stdout).toContain(option);
  }
});

test('help loads nothing but commander', async () => {
  // Node tells of each module that it loads.
  const { stderr } = await start(process.execPath, main, ['--help'], { NODE_DEBUG: 'esm' });
  expect(stderr).toContain('commander');
  for (const heavy of ['/zod/', '/fastify/', 'packages/server', 'packages/kernel', 'packages/protocol']) {
    expect(stderr).not.toContain(heavy);
  }
});

test.each([[['env', 'list']], [['config', 'list']]])('%s loads neither server nor drivers', async (args) => {
  const { code, stderr } = await start(process.execPath, main, args, { NODE_DEBUG: 'esm' });
  expect(code).toBe(0);
  for (const heavy of ['/fastify/', '/kysely/', '/@ai-sdk/', 'server/src/index.ts', 'kernel/src/index.ts']) {
    expect(stderr).not.toContain(heavy);
  }
});

test.each([
  ['an unknown command', ['lunch'], /unknown command 'lunch'/],
  ['no command', [], /Usage/],
  ['an unknown option', ['ps', '--everything'], /--everything/],
  ['a pid that is none', ['kill', 'x1'], /whole number/],
  ['a port that is none', ['up', '--port', '70000'], /port/],
  ['input that is no JSON', ['run', 'researcher', '--input', '{question}'], /--input is not JSON/],
  ['a permission that is none', ['run', 'researcher', '--allow', 'all of it'], /--allow "all of it"/],
  ['an agent’s file that is missing', ['run', './no-agent.ts'], /no-agent\.ts/],
  ['a variable that is none', ['env', 'set', 'sk-proj-pasted', '--no-test'], /name of a variable/],
  ['a value that nobody can be asked for', ['env', 'set', 'OPENAI_API_KEY'], /--value-from-stdin/],
  ['no text to say', ['chat', ' '], /no text/],
  ['an unknown system call', ['call', 'coffee.brew'], /coffee\.brew.*storage\.read/],
])('%s ends with code 2 and says what is wrong', async (_name, args, message) => {
  const { code, stdout, stderr } = await aios(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('without a kernel: code 3 and how to start one; the place in the code only with AIOS_DEBUG', async () => {
  const { code, stdout, stderr } = await start(process.execPath, main, ['ps', '--json'], {
    AIOS_URL: deadUrl,
  });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toBe(`aios: No kernel answers at ${deadUrl}. Start one with \`aios up\`.\n`);
  const elsewhere = await start(process.execPath, main, ['ps'], { AIOS_PORT: '1' });
  expect(elsewhere).toMatchObject({ code: 3, stderr: expect.stringContaining('http://127.0.0.1:1.') });
  const debug = await start(process.execPath, main, ['ps'], { AIOS_URL: deadUrl, AIOS_DEBUG: '1' });
  expect(debug.stderr).toMatch(/\n\s+at /);
  expect(await aios('down')).toMatchObject({ code: 3, stderr: `aios: No kernel runs on ${home}.\n` });
});

const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => majorOf(path) < 24);

function majorOf(node: string): number {
  try {
    return Number(execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

test.skipIf(!oldNode)('an older Node runs aios on the Node of the checkout, exit code included', async () => {
  const env = { PATH: dirname(oldNode ?? '') };
  expect(await start(oldNode ?? '', bin, ['--version'], env)).toMatchObject({ code: 0, stderr: '' });
  expect(await start(oldNode ?? '', bin, ['lunch'], env)).toMatchObject({ code: 2 });
});

test.skipIf(!oldNode)('an older Node in a checkout that is not installed says what to do', async () => {
  const copy = join(home, 'checkout');
  await mkdir(join(copy, 'packages', 'cli', 'bin'), { recursive: true });
  await cp(bin, join(copy, 'packages', 'cli', 'bin', 'aios.mjs'));
  await writeFile(join(copy, 'package.json'), '{}');
  const { code, stderr } = await start(oldNode ?? '', join(copy, 'packages', 'cli', 'bin', 'aios.mjs'), [
    'status',
  ]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/needs Node 24.*npm install/s);
});
