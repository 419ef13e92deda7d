import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isRunning } from './is-running.ts';

test('a process runs until it has ended', async () => {
  expect(await isRunning(process.pid)).toBe(true);
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  const ended = once(child, 'exit');
  expect(await isRunning(child.pid ?? 0)).toBe(true);
  child.kill('SIGKILL');
  await ended;
  expect(await isRunning(child.pid ?? 0)).toBe(false);
});

test.skipIf(process.platform !== 'linux')('a process that waits to be reaped has ended', async () => {
  // The shell starts a child that ends at once, then becomes a program that never asks what became of it.
  const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(parent.stdout, 'data');
  const zombie = Number(String(line));
  await expect.poll(() => isRunning(zombie)).toBe(false);
  expect(process.kill(zombie, 0)).toBe(true);
  parent.kill('SIGKILL');
});
