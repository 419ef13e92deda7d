// Attempts to change the machine, to gain rights, to get at other processes, and to stay.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { hasSandbox, isRoot, kernels, limits, outside, python, shell } from './kernels.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'aios-system-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

/** Calls by their numbers on x86_64 and aarch64, with arguments with which they work. */
const working = {
  ptrace: '(101, 117), 0, 0, 0, 0',
  'unshare of users': '(272, 97), 0x10000000',
  keyctl: '(250, 219), 0, -3, 1',
  add_key: '(248, 217), b"user", b"aios", b"x", 1, -3',
  memfd_create: '(319, 279), b"x", 0',
  shmget: '(29, 194), 0, 4096, 0o1600',
  personality: '(135, 92), 0x0040000',
};
/** With arguments that root hears something else about. */
const privileged = {
  mount: '(165, 40), b"none", b"/nowhere", b"tmpfs", 0, 0',
  bpf: '(321, 280), 0, 0, 0',
  userfaultfd: '(323, 282), 0xfff',
  io_uring_setup: '(425, 425), 1, 0',
  perf_event_open: '(298, 241), 0, 0, -1, -1, 0',
  setns: '(308, 268), -1, 0',
  open_by_handle_at: '(304, 265), -1, 0, 0',
};

/** Prints the error number of each call, 0 where it works. Each in a process of its own, for some change it. */
const calls = python(`
import ctypes, os, platform
library = ctypes.CDLL(None, use_errno=True)
def attempt(name, numbers, *given):
    if os.fork() == 0:
        failed = library.syscall(numbers[platform.machine() != 'x86_64'], *given) == -1
        print(name, ctypes.get_errno() if failed else 0, sep=': ', flush=True)
        os._exit(0)
    os.wait()
${Object.entries({ ...working, ...privileged })
  .map(([name, given]) => `attempt('${name}', ${given})`)
  .join('\n')}
`);
const notPermitted = 1;

function errorsOf(stdout: string): Record<string, number> {
  const lines = stdout.trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.split(': ')[0], Number(line.split(': ')[1])]));
}

const running = (text: string) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(pid).includes(text));

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    // It ended between the listing and the look.
    return '';
  }
}

describe.skipIf(!hasSandbox).each(kernels)('a kernel of $user', ({ user, run }) => {
  test('a program does not open programs of the system for writing', async () => {
    const attempt = (...paths: string[]) =>
      python(`
for path in ${JSON.stringify(paths)}:
    try:
        open(path, 'r+').close()
        print('open')
    except OSError as error: print(error.strerror)
`);
    const copy = join(folder, 'copy');
    copyFileSync('/usr/bin/env', copy);
    expect((await outside(attempt(copy))).stdout).toBe('open\n');
    const { stdout } = await run(attempt('/usr/bin/env', '/usr/lib/os-release', '/run/aios/bin/node'));
    expect(stdout).toMatch(/^((Read-only file system|Permission denied)\n){3}$/);
  });

  test('a program makes no file outside its home', async () => {
    const attempt = (...places: string[]) =>
      shell(`for place in ${places.join(' ')}; do (: >$place/made) && echo made; done; true`);
    expect((await outside(attempt(folder))).stdout).toBe('made\n');
    expect((await run(attempt('/', '/usr', '/etc', '/dev', '/run/aios', '/proc', '/run'))).stdout).toBe('');
    expect((await run(attempt('/home/agent', '/tmp'))).stdout).toBe('made\nmade\n');
  });

  test('a program does not change settings of the machine’s kernel', async () => {
    const attempt = python("open('/proc/sys/kernel/core_pattern', 'r+').close(); print('open')");
    if (isRoot) expect((await outside(attempt)).stdout).toBe('open\n');
    expect((await run(attempt)).stdout).toBe('');
  });

  test('what a granted folder holds can be read and not be changed', async () => {
    writeFileSync(join(folder, 'granted'), 'given');
    const mounts = [{ source: folder, target: '/granted' }];
    const read = await run({ ...shell('cat /granted/granted'), mounts });
    expect(read.stdout).toBe('given');
    const write = await run({ ...shell('echo bad > /granted/granted; rm /granted/granted'), mounts });
    expect(write.exitCode).not.toBe(0);
    expect(readFileSync(join(folder, 'granted'), 'utf8')).toBe('given');
    expect((await run(shell('ls /granted'))).exitCode).not.toBe(0);
  });

  test.skipIf(!isRoot)('a setuid program gives no rights', async () => {
    const path = join(folder, 'python');
    copyFileSync('/usr/bin/python3', path);
    chmodSync(path, 0o4755);
    const say = 'import os; print(os.geteuid())';
    const asNobody = { command: ['setpriv', '--reuid=65534', '--clear-groups', path, '-c', say] } as const;
    expect((await outside(asNobody)).stdout).toBe('0\n');
    const inside = await run({
      command: ['/granted/python', '-c', say],
      mounts: [{ source: folder, target: '/granted' }],
    });
    expect(inside.stdout).toMatch(/^\d+\n$/);
    expect(inside.stdout).not.toBe('0\n');
    rmSync(path);
  });

  test('a program has no capabilities and can get none', async () => {
    const { stdout } = await run(
      shell('grep -E "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):" /proc/self/status'),
    );
    expect(stdout.replaceAll('\t', ' ')).toBe(
      ['Inh', 'Prm', 'Eff', 'Amb'].map((set) => `Cap${set}: 0000000000000000\n`).join('') +
        'NoNewPrivs: 1\nSeccomp: 2\n',
    );
  });

  test('calls that lead out work outside and are refused inside', async () => {
    const before = errorsOf((await outside(calls)).stdout);
    for (const name of Object.keys(working)) expect([name, before[name]]).toEqual([name, 0]);
    if (isRoot)
      for (const name of Object.keys(privileged))
        expect([name, before[name]]).not.toEqual([name, notPermitted]);
    const inside = Object.entries(errorsOf((await run(calls)).stdout));
    expect(inside).toEqual(
      [...Object.keys(working), ...Object.keys(privileged)].map((name) => [name, notPermitted]),
    );
  });

  test('a program does not type into the terminal that the kernel was started from', async () => {
    const attempt = python(`
import fcntl, os, pty, termios
pid, terminal = pty.fork()
if pid == 0:
    try:
        fcntl.ioctl(0, termios.TIOCSTI, b'x')
        os.write(1, b'typed')
    except OSError as error:
        os.write(1, str(error.errno).encode())
    os._exit(0)
print(os.read(terminal, 99).decode())
`);
    if (isRoot) expect((await outside(attempt)).stdout).toMatch(/^x|typed/);
    expect((await run(attempt)).stdout).toBe('1\n');
    const terminal = await run(python("open('/dev/tty')"));
    expect(terminal.stderr).toContain('No such device');
  });

  test('a program does not signal processes of the machine', async () => {
    const victim = spawn('sleep', ['60']);
    try {
      const attempt = shell(`kill -0 ${victim.pid}`);
      expect((await outside(attempt)).exitCode).toBe(0);
      expect((await run(attempt)).exitCode).not.toBe(0);
      await run(shell(`kill -9 ${victim.pid}; kill -9 ${process.pid}; kill -9 1; kill -9 -1`));
      expect(victim.exitCode).toBeNull();
      expect(victim.signalCode).toBeNull();
    } finally {
      victim.kill('SIGKILL');
      await once(victim, 'exit');
    }
  });

  test('no process stays when a program ends', async () => {
    const mark = 12_345.5 + Math.floor(Math.random() * 10_000);
    const attempt = shell(
      `: ${user}; (setsid nohup sleep ${mark} >/dev/null 2>&1 3>&- &); sleep 0.3; echo left`,
    );
    await outside(attempt);
    const stayed = running(String(mark));
    for (const pid of stayed) process.kill(Number(pid), 'SIGKILL');
    expect(stayed).toHaveLength(1);
    await delay(100);
    expect((await run(attempt)).stdout).toBe('left\n');
    expect(running(String(mark))).toEqual([]);
  });
});

test.skipIf(!hasSandbox)('no process stays when the kernel is killed', async () => {
  const mark = 23_456.5 + Math.floor(Math.random() * 10_000);
  const script = `(setsid sleep ${mark} &) ; exec sleep ${mark}`;
  const start = () => {
    const kernel = spawn(process.execPath, [join(import.meta.dirname, 'worker.fixture.ts')]);
    kernel.stdin.write(`${JSON.stringify({ command: ['sh', '-c', script], limits, outputBytes: 1000 })}\n`);
    return kernel;
  };
  const beside = spawn('sleep', [String(mark)]);
  const kernel = start();
  await expect.poll(() => running(`sleep\0${mark}`).length, { timeout: 15_000 }).toBe(3);
  kernel.kill('SIGKILL');
  await expect.poll(() => running(`sleep\0${mark}`).length, { timeout: 15_000 }).toBe(1);
  // The one that was started beside is there still: it is the sandbox that takes its own along.
  expect(beside.exitCode).toBeNull();
  beside.kill('SIGKILL');
});
