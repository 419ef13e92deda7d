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
import { kernels, outside, python, shell } from './kernels.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'aios-system-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

/** Prints the error number of a system call, 0 where it works. */
const call = (name: string, number: string, given: string) =>
  [
    name,
    python(`
import ctypes, platform
library = ctypes.CDLL(None, use_errno=True)
number = ${number}[0 if platform.machine() == 'x86_64' else 1]
print(ctypes.get_errno() if library.syscall(number, ${given}) == -1 else 0)
`),
  ] as const;

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

describe.each(kernels)('a kernel of $user', ({ run }) => {
  test.each(['/usr/bin/env', '/usr/lib/os-release', process.execPath])(
    'a program does not open %s for writing',
    async (path) => {
      const attempt = (file: string) => python(`open('${file}', 'r+').close(); print('open')`);
      if (process.getuid?.() === 0) {
        const copy = join(folder, 'copy');
        copyFileSync('/usr/bin/env', copy);
        expect((await outside(attempt(copy))).stdout).toBe('open\n');
      }
      const inside = path === process.execPath ? '/run/aios/bin/node' : path;
      expect(await run(attempt(inside))).toMatchObject({
        stdout: '',
        stderr: expect.stringMatching(/Read-only|denied/),
      });
    },
  );

  test.each(['/', '/usr', '/etc', '/dev', '/run/aios', '/proc'])(
    'a program makes no file in %s',
    async (place) => {
      const { exitCode, stderr } = await run(shell(`: > ${place}/made`));
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/Read-only|denied|nonexistent|No such/);
      expect((await outside(shell(`: > ${folder}/made`))).exitCode).toBe(0);
    },
  );

  test('a program does not change settings of the machine’s kernel', async () => {
    const attempt = python("open('/proc/sys/kernel/core_pattern', 'r+').close(); print('open')");
    if (process.getuid?.() === 0) expect((await outside(attempt)).stdout).toBe('open\n');
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

  test.skipIf(process.getuid?.() !== 0)('a setuid program gives no rights', async () => {
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

  test.each([
    call('ptrace', '(101, 117)', '0, 0, 0, 0'),
    call('unshare of users', '(272, 97)', '0x10000000'),
    call('keyctl', '(250, 219)', '0, -3, 1'),
    call('add_key', '(248, 217)', 'b"user", b"aios", b"x", 1, -3'),
    call('personality', '(135, 92)', '0x0040000'),
    call('memfd_create', '(319, 279)', 'b"x", 0'),
    call('shmget', '(29, 194)', '0, 4096, 0o1600'),
  ])('%s works outside and is refused inside', async (_, attempt) => {
    expect((await outside(attempt)).stdout).toBe('0\n');
    expect((await run(attempt)).stdout).toBe('1\n');
  });

  test.each([
    call('mount', '(165, 40)', 'b"none", b"/nowhere", b"tmpfs", 0, 0'),
    call('bpf', '(321, 280)', '0, 0, 0'),
    call('userfaultfd', '(323, 282)', '0xfff'),
    call('io_uring_setup', '(425, 425)', '1, 0'),
    call('perf_event_open', '(298, 241)', '0, 0, -1, -1, 0'),
    call('setns', '(308, 268)', '-1, 0'),
    call('open_by_handle_at', '(304, 265)', '-1, 0, 0'),
  ])('%s does not come to look at its arguments', async (_, attempt) => {
    if (process.getuid?.() === 0) expect((await outside(attempt)).stdout).not.toBe('1\n');
    expect((await run(attempt)).stdout).toBe('1\n');
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
    if (process.getuid?.() === 0) expect((await outside(attempt)).stdout).toContain('typed');
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
    const attempt = shell(`(setsid nohup sleep ${mark} >/dev/null 2>&1 3>&- &); sleep 0.3; echo left`);
    await outside(attempt);
    const stayed = running(String(mark));
    for (const pid of stayed) process.kill(Number(pid), 'SIGKILL');
    expect(stayed).toHaveLength(1);
    await delay(100);
    expect((await run(attempt)).stdout).toBe('left\n');
    expect(running(String(mark))).toEqual([]);
  });
});
