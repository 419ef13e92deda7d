// Attempts to read what is not the program’s: secrets of the machine, the kernel’s files, environment and descriptors.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Attempt, hasSandbox, isRoot, kernels, limits, outside, shell } from './kernels.fixture.ts';

const secret = 'aios-7d1f0c';
const home = mkdtempSync(join(tmpdir(), 'aios-home-'));
const credentials = join(home, 'credentials');

beforeAll(() => {
  writeFileSync(credentials, secret, { mode: 0o600 });
  vi.stubEnv('AIOS_TEST_SECRET', secret);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

/** Outside it gives the secret, so the attempt is one. */
const attempts: Record<string, () => Attempt> = {
  'the credentials of the kernel': () => shell(`cat ${credentials}`),
  'the credentials by the root of another process': () =>
    shell(`cat /proc/1/root${credentials} /proc/self/root${credentials}`),
  'the credentials by a link': () => shell(`cd "$(mktemp -d)"; ln -s ${credentials} link; cat link`),
  'the credentials by a way up': () => shell(`cat ../../../../../../../../../../../..${credentials}`),
  'the credentials by looking for them': () => shell(`cat "$(find ${home} -name credentials | head -1)"`),
  'the environment of the kernel': () => shell('env'),
  'the environment of the parent': () => shell('cat /proc/$PPID/environ /proc/1/environ /proc/self/environ'),
  'the environments of all processes': () => shell('cat /proc/[0-9]*/environ'),
};

describe.skipIf(!hasSandbox).each(kernels)('a kernel of $user', ({ run }) => {
  test.each(Object.entries(attempts))('a program does not read %s', async (_, attempt) => {
    expect((await outside(attempt())).stdout).toContain(secret);
    const inside = await run(attempt());
    expect(inside.stdout + inside.stderr).not.toContain(secret);
  });

  test('a program does not read the command lines of others', async () => {
    const attempt = shell('cat /proc/[0-9]*/cmdline');
    const other = spawn('sleep', ['98.7654321']);
    try {
      expect((await outside(attempt)).stdout).toContain('98.7654321');
      expect((await run(attempt)).stdout).not.toContain('98.7654321');
    } finally {
      other.kill();
    }
  });

  test('a program does not read the passwords and users of the machine', async () => {
    const readable = isRoot ? '/etc/shadow' : '/etc/passwd';
    const attempt = shell(`cat ${readable}`);
    expect((await outside(attempt)).stdout).toContain('root:');
    expect((await run(attempt)).stdout).not.toContain('root:');
  });

  test('a program sees no processes but its own', async () => {
    const attempt = shell('ls -d /proc/[0-9]* | wc -l');
    expect(Number((await outside(attempt)).stdout)).toBeGreaterThan(8);
    expect(Number((await run(attempt)).stdout)).toBeLessThan(8);
  });

  test('a link that a program leaves is not followed', async () => {
    const leave = shell(`mkdir out; ln -s ${credentials} out/credentials; echo mine > out/mine`);
    const { files } = await run({ ...leave, results: '/home/agent/out' });
    expect(files.map(({ path }) => path)).toEqual(['mine']);
    const linked = join(home, 'linked');
    symlinkSync(credentials, linked);
    expect((await outside(shell(`cat ${linked}`))).stdout).toBe(secret);
    rmSync(linked);
  });
});

test.skipIf(!hasSandbox)('a program gets no descriptor that was left open to the kernel', async () => {
  const withLeftOpen = (...given: string[]): Attempt => ({
    command: ['bash', '-c', `exec 200<${credentials}; exec "$0" "$@"`, process.execPath, ...given],
  });
  const command = ['bash', '-c', 'cat <&200'];
  const child = `require('node:child_process').spawn('bash', ['-c', 'cat <&200'], { stdio: 'inherit' })`;
  expect((await outside(withLeftOpen('-e', child))).stdout).toBe(secret);
  const worker = withLeftOpen(join(import.meta.dirname, 'worker.fixture.ts'));
  const stdin = JSON.stringify({ command, limits, outputBytes: 1000 });
  const { stdout } = await outside({ ...worker, stdin });
  expect(JSON.parse(stdout)).toMatchObject({ result: { exitCode: 0, stdout: '' } });
});
