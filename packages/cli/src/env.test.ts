import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCommand } from './test-support/run-command.ts';

// Without a kernel; with one that runs: e2e/configuration.test.ts.

const key = 'sk-0123456789abcdefwxyz';
let home = '';
const aios = (...args: string[]) => runCommand('env', ...args, '--home', home);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aios-env-'));
  for (const name of ['OPENAI_API_KEY', 'GROQ_API_KEY']) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

test('a key is stored, shown masked and removed', async () => {
  const set = await aios('set', 'OPENAI_API_KEY', key, '--no-test');
  expect(set).toMatchObject({ code: 0, stderr: expect.stringContaining('history of your shell') });
  expect((await stat(join(home, '.env'))).mode & 0o777).toBe(0o600);
  const list = await aios('list');
  expect(list.stdout).toMatch(/OPENAI_API_KEY +sk-…wxyz +\.env +openai +yes/);
  expect(list.stdout).not.toContain('GROQ_API_KEY');
  expect((await aios('list', '--all')).stdout).toMatch(/GROQ_API_KEY +- +not set/);
  expect(set.stdout + set.stderr + list.stdout).not.toContain(key);
  expect(await aios('unset', 'openai')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('is out of'),
  });
  expect((await aios('unset', 'openai')).stdout).toContain('was not in');
  expect(await readFile(join(home, '.env'), 'utf8')).toBe('');
});

test('a key that another place shadows is stored, and that is said', async () => {
  vi.stubEnv('GROQ_API_KEY', 'gsk_of-the-environment');
  const { stdout } = await aios('set', 'groq', key, '--no-test');
  expect(stdout).toContain('not used: the environment comes first');
  const rows = JSON.parse((await aios('list', '--json')).stdout);
  const ofGroq = rows.filter(({ name }: { name: string }) => name === 'GROQ_API_KEY');
  expect(ofGroq).toMatchObject([
    { name: 'GROQ_API_KEY', source: 'environment', isUsed: true },
    { name: 'GROQ_API_KEY', source: '.env', isUsed: false },
  ]);
});

test('a name that nothing reads is stored with a hint at the one that is meant', async () => {
  const { code, stderr } = await aios('set', 'OPENAI_KEY', key);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('OPENAI_API_KEY?') });
});

test('an empty value is refused', async () => {
  expect(await aios('set', 'OPENAI_API_KEY', ' ')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('aios env unset OPENAI_API_KEY'),
  });
});

test('a broken configuration and a file that others can read do not keep the keys from being listed', async () => {
  await writeFile(join(home, 'config.yaml'), 'server: [');
  await writeFile(join(home, '.env'), `OPENAI_API_KEY=${key}\n`);
  await chmod(join(home, '.env'), 0o644);
  const { code, stdout, stderr } = await aios('list');
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('sk-…wxyz') });
  expect(stderr).toMatch(/others on this machine could read.*config\.yaml is broken/s);
});
