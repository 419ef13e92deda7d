// Attempts to use up the machine: processes, memory, disk, time, the kernel’s own memory by output.

import { describe, expect, test } from 'vitest';
import { hasSandbox, kernels, limits, outside, python, shell } from './kernels.fixture.ts';

const bomb = (forks: number) => `
import os, sys, time
made = 0
for _ in range(${forks}):
    try:
        if os.fork() == 0:
            time.sleep(1)
            os._exit(0)
        made += 1
    except OSError as error:
        print(type(error).__name__)
        break
print(made)
`;

describe.skipIf(!hasSandbox).each(kernels)('a kernel of $user', ({ run }) => {
  test('a program makes no more processes than it may', async () => {
    expect((await outside(python(bomb(200)))).stdout).toBe('200\n');
    const [error, made] = (await run(python(bomb(200)))).stdout.split('\n');
    expect(error).toBe('BlockingIOError');
    expect(Number(made)).toBeLessThan(limits.processes);
  });

  test('a fork bomb ends with the time that it was given', async () => {
    const result = await run({ ...shell('f() { f | f & f; }; f; sleep 60'), limits: { wallMs: 1500 } });
    expect(result.stopped === 'time' || result.exitCode !== 0).toBe(true);
  });

  test('a process has no more memory than it may', async () => {
    const attempt = python('data = bytearray(400_000_000); print(len(data))');
    expect((await outside(attempt)).stdout).toBe('400000000\n');
    expect(await run(attempt)).toMatchObject({ stdout: '', stderr: expect.stringContaining('MemoryError') });
  });

  test('nor do many together', async () => {
    const attempt = python(`
import os, time
for _ in range(5):
    if os.fork() == 0:
        data = bytearray(os.urandom(1)) * 80_000_000
        time.sleep(1)
        os._exit(0)
for _ in range(5): os.wait()
print('had it')
`);
    expect((await outside(attempt)).stdout).toBe('had it\n');
    expect(await run(attempt)).toMatchObject({ stdout: '', stopped: 'memory' });
  });

  test('nor shared memory, which no limit of a process counts', async () => {
    const attempt = python(`
import mmap, time
data = mmap.mmap(-1, 400_000_000)
for at in range(0, 400_000_000, 4096): data[at] = 1
time.sleep(1)
print('had it')
`);
    expect((await outside(attempt)).stdout).toBe('had it\n');
    expect(await run(attempt)).toMatchObject({ stdout: '', stopped: 'memory' });
  });

  test.each(['$HOME', '/tmp', '/dev/shm'])('a program does not fill the disk in %s', async (folder) => {
    const fill = (where: string) =>
      shell(`f=$(mktemp -p ${where}); head -c 60000000 /dev/zero >"$f"; stat -c %s "$f"; rm "$f"`);
    expect((await outside(fill('/tmp'))).stdout).toBe('60000000\n');
    const { stdout } = await run(fill(folder));
    expect(Number(stdout)).toBeGreaterThan(0);
    expect(Number(stdout)).toBeLessThanOrEqual(limits.diskBytes);
  });

  test('nor by many files', async () => {
    const attempt = python(`
import os, tempfile, time
with tempfile.TemporaryDirectory() as folder:
    for number in range(1500): open(f'{folder}/{number}', 'w').close()
    time.sleep(1)
    print(len(os.listdir(folder)))
`);
    expect((await outside(attempt)).stdout).toBe('1500\n');
    expect(await run({ ...attempt, limits: { files: 500 } })).toMatchObject({ stdout: '', stopped: 'files' });
  });

  test('a program does not run on for ever', async () => {
    const result = await run({ ...shell('while :; do :; done'), limits: { cpuMs: 1000 } });
    expect(result.exitCode).toBeGreaterThan(128);
    expect(result.stopped).not.toBe('time');
  });

  test('nor do many short ones together', async () => {
    const attempt = python(`
import os, time
for _ in range(5):
    if os.fork() == 0:
        while time.process_time() < 0.3: pass
        os._exit(0)
    os.wait()
print('worked')
`);
    expect((await outside(attempt)).stdout).toBe('worked\n');
    expect(await run({ ...attempt, limits: { cpuMs: 700 } })).toMatchObject({ stdout: '', stopped: 'cpu' });
  });

  test('the output of a program does not fill the kernel', async () => {
    const attempt = shell('yes | head -c 30000000');
    expect((await outside(attempt)).stdout.length).toBe(30_000_000);
    const { stdout, stopped } = await run(attempt);
    expect(stopped).toBe('output');
    expect(stdout.length).toBe(1_000_000);
    expect(await run(shell('yes >&2'))).toMatchObject({ stopped: 'output', stdout: '' });
  });

  test('nor do the files that it leaves', async () => {
    const leave = shell(
      'mkdir out; for i in 1 2 3 4 5 6; do truncate -s 15000000 out/$i; done; ls out | wc -l',
    );
    const result = await run({ ...leave, results: '/home/agent/out' });
    expect(result).toMatchObject({ stdout: '6\n', stopped: 'output', files: [] });
  });
});
