import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger, runKernel } from '@aios/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shipped } from '../shipped.ts';
import { createHome } from '../test-support/homes.ts';
import { runCommand } from '../test-support/run-command.ts';

let home = '';
const aios = (...args: string[]) => runCommand(...args, '--home', home);

beforeAll(async () => {
  home = await createHome();
});

afterAll(() => rm(home, { recursive: true }));

test('list, export, rotate; verify without a kernel, on the database and on a file, also one that was changed', async () => {
  const file = join(home, 'export.jsonl');
  {
    await using _kernel = await runKernel({ home, env: {}, ...shipped, logger: createLogger('silent') });
    await aios('call', 'storage.write', '{"path":"/a.txt","content":"first"}');
    await aios('call', 'storage.write', '{"path":"/a.txt","content":"second"}');
    const { stdout } = await aios('audit', 'list', '--outcome', 'ok');
    expect(stdout.match(/storage\.write +\/a\.txt +ok/g)).toHaveLength(2);
    expect(await aios('audit', 'export', file)).toMatchObject({ code: 0 });
    expect((await aios('audit', 'rotate', '--older-than', '1')).stdout).toContain('No entry is that old');
  }
  const good = await aios('audit', 'verify');
  expect(good).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/default: 3 entries .* anchored up to 3/),
  });
  expect(await aios('audit', 'verify', file)).toMatchObject({ code: 0 });

  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, lines.join('\n').replace('/a.txt', '/b.txt'));
  const changed = await aios('audit', 'verify', file);
  expect(changed).toMatchObject({ code: 1, stdout: expect.stringMatching(/changed: .*entry 1/) });
  await writeFile(file, lines.toSpliced(1, 1).join('\n'));
  expect(await aios('audit', 'verify', file, '--json')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('"missing"'),
  });
});
