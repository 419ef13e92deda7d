import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createHome } from './test-support/homes.ts';

const program = fileURLToPath(new URL('./test-support/kernel-with-test-agents.ts', import.meta.url));

test('a promise that an inline agent forgets is logged and does not end the kernel', async () => {
  const home = await createHome();
  const env = { PATH: process.env.PATH, HOME: home, AIOS_HOME: home };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env });
  await rm(home, { recursive: true });
  expect(JSON.parse(stdout)).toMatchObject({ state: 'ready', processes: { succeeded: 1 } });
  expect(stderr).toMatch(/"error":"AiosError: .*storage\.read.*nobody handled it/);
});
