import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kernelNodeOptions } from './kernel-node-options.ts';
import { createDocuments, createHome, question } from './test-support/homes.ts';
import { runAios, startAios } from './test-support/run-aios.ts';

// What needs processes of its own: booting in the background, Ctrl-C, ports. The other commands: commands.test.ts.

let home = '';
let url = '';
let documents = '';
const optionsOf = (pid: number | undefined) =>
  execFileSync('ps', ['-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' }).split(' ');
const aios = (...args: string[]) => runAios(home, args);

beforeAll(async () => {
  home = await createHome();
  documents = await createDocuments();
  const { code, stdout, stderr } = await aios('up', '--detach', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  url = JSON.parse(stdout).url;
});

afterAll(async () => {
  await aios('down');
  for (const folder of [home, documents]) await rm(folder, { recursive: true });
});

test('a second kernel on the home is refused, in the background too, in a line or two', async () => {
  const attempts = await Promise.all([aios('up', '--port', '0'), aios('up', '--port', '0', '--detach')]);
  for (const { code, stdout, stderr } of attempts) {
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(home);
    expect(stderr).not.toMatch(/\n\s+at /);
  }
});

test('a kernel has the options of Node that suit it, in the background and where it was started', async () => {
  const { stdout } = await aios('status', '--json');
  expect(optionsOf(JSON.parse(stdout).osPid)).toEqual(expect.arrayContaining(kernelNodeOptions));
  const other = await createHome();
  const here = startAios(other, ['up', '--port', '0']);
  await here.shown(/is ready/);
  expect(optionsOf(here.child.pid)).toEqual(expect.arrayContaining(kernelNodeOptions));
  here.child.kill('SIGINT');
  expect(await here.ended).toMatchObject({ code: 0 });
  await rm(other, { recursive: true });
});

test('a taken port is said, with what to do', async () => {
  const other = await createHome();
  const { code, stderr } = await runAios(other, ['up', '--port', new URL(url).port]);
  await rm(other, { recursive: true });
  expect(code).toBe(1);
  expect(stderr).toMatch(/Port \d+ .*taken.*--port/);
});

test('Ctrl-C kills the job and ends with 130', async () => {
  const run = startAios(home, ['run', 'waiter', '--json']);
  await run.shown(/waiting/);
  run.child.kill('SIGINT');
  const { code, stdout, stderr } = await run.ended;
  expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.stringMatching(/killed/) });
  expect(JSON.parse(stdout)).toMatchObject({ agent: 'waiter', state: 'killed' });
});

test('down stops the kernel; a demo without one boots it and keeps it until Ctrl-C', async () => {
  const down = await aios('down', '--json');
  expect(JSON.parse(down.stdout)).toMatchObject({ stopped: true, url });
  expect(await aios('status')).toMatchObject({ code: 3, stdout: '' });
  const demo = startAios(home, ['demo', '--docs', documents, '--ask', question]);
  await demo.shown(/Ctrl-C stops it/);
  expect(await aios('status')).toMatchObject({ code: 0, stderr: '' });
  demo.child.kill('SIGINT');
  expect(await demo.ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/booted in/) });
  expect(await aios('down')).toMatchObject({ code: 3 });
});
