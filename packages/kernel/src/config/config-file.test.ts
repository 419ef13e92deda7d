import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AiosError } from '@aios/protocol';
import { test as base, expect } from 'vitest';
import { ConfigFile, parseConfigValue } from './config-file.ts';

const test = base.extend<{ home: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures’ names from the pattern
  home: async ({}, use) => {
    const home = await mkdtemp(join(tmpdir(), 'aios-config-'));
    await use(home);
    await rm(home, { recursive: true });
  },
});

async function written(home: string, content: string | Uint8Array): Promise<ConfigFile> {
  await writeFile(join(home, 'config.yaml'), content);
  return new ConfigFile(home, {});
}

test('the first boot writes a file that only its owner can read, and no later boot touches it', async ({
  home,
}) => {
  const file = new ConfigFile(home, {});
  await file.create();
  expect((await stat(file.path)).mode & 0o777).toBe(0o600);
  await writeFile(file.path, 'server: { port: 1 }\n');
  await file.create();
  expect((await file.read()).server.port).toBe(1);
});

test('a byte order mark and Windows line ends are read and the line ends kept', async ({ home }) => {
  const file = await written(home, '\uFEFF# mine\r\nserver:\r\n  port: 1 # one\r\n');
  expect((await file.read()).server.port).toBe(1);
  await file.set('server.port', 2);
  expect(await readFile(file.path, 'utf8')).toBe('# mine\r\nserver:\r\n  port: 2 # one\r\n');
});

test.for<[string, string | Uint8Array, RegExp]>([
  ['an empty file', '', /config\.yaml: is empty; delete it/],
  ['only blanks', ' \n\n', /is empty/],
  ['latin-1', Buffer.from('server: { host: caf\xe9 }', 'latin1'), /is not UTF-8 text/],
  ['UTF-16', Buffer.from('\uFEFFserver: {}', 'utf16le'), /is not UTF-8 text/],
  ['a huge file', `# ${'x'.repeat(300_000)}\n`, /is over 256 KB/],
])('%s is a clear error', async ([, content, message], { home }) => {
  const file = await written(home, content);
  await expect(file.read()).rejects.toThrow(message);
  await expect(file.set('server.port', 1)).rejects.toThrow(message);
});

test('a file of comments only stands for the defaults and can be edited', async ({ home }) => {
  const file = await written(home, '# nothing here yet\n');
  expect((await file.read()).server.port).toBe(8000);
  await file.set('server.port', 9);
  expect(await readFile(file.path, 'utf8')).toContain('# nothing here yet');
  expect((await file.read()).server.port).toBe(9);
});

test('a folder in place of the file is a clear error', async ({ home }) => {
  await mkdir(join(home, 'config.yaml'));
  await expect(new ConfigFile(home, {}).read()).rejects.toThrow(/Cannot read .*config\.yaml: it is a folder/);
});

test.skipIf(process.getuid?.() !== 0)('a file that may not be read is a clear error', async ({ home }) => {
  await written(home, 'server: {}\n');
  await chmod(join(home, 'config.yaml'), 0o600);
  await chmod(home, 0o755);
  const url = new URL('./config-file.ts', import.meta.url).href;
  const script = `import { ConfigFile } from ${JSON.stringify(url)};
    await new ConfigFile(process.argv[1], {}).read().catch((error) => console.log(error.message));`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, home], {
    uid: 65_534,
  });
  expect(stdout).toMatch(/^Cannot read .*config\.yaml: permission is missing; change the owner or the mode/);
});

test('setting keeps comments, blank lines and order', async ({ home }) => {
  const file = new ConfigFile(home, {});
  await file.create();
  const before = await readFile(file.path, 'utf8');
  await file.set('server.port', 9000);
  const after = await readFile(file.path, 'utf8');
  expect(after).toBe(before.replace('port: 8000 ', 'port: 9000 '));
});

test('sections, list entries and keys of providers come into being where they are missing', async ({
  home,
}) => {
  const file = new ConfigFile(home, {});
  await file.create();
  await file.set('api_keys.openai', 'sk-1');
  await file.set('llms.models[0]', { name: 'a', backend: 'openai' });
  await file.set('llms.models[0].concurrency', 3);
  await file.set('llms.default', 'a');
  const config = await file.read();
  expect(config.llms.models).toEqual([{ name: 'a', backend: 'openai', concurrency: 3 }]);
  expect(config.api_keys).toEqual({ openai: 'sk-1' });
  expect(await readFile(file.path, 'utf8')).toContain('# anthropic: ""');
  await expect(file.set('llms.models[5].name', 'x')).rejects.toThrow(
    'llms.models has 1 entries; the next one is',
  );
});

test('what would make the file wrong is refused and changes nothing', async ({ home }) => {
  const file = await written(home, 'server: { port: 1 }\n');
  await expect(file.set('server.port', 'eighty')).rejects.toThrow(/server\.port: must be a number/);
  await expect(file.set('server.prot', 1)).rejects.toThrow(/did you mean server\.port\?/);
  await expect(file.set('server.port.x', 1)).rejects.toThrow('server.port is a value');
  await expect(file.set('..', 1)).rejects.toThrow(/is no key/);
  await expect(file.set('llms', { modles: [] })).rejects.toThrow(/did you mean llms\.models\?/);
  expect(await readFile(file.path, 'utf8')).toBe('server: { port: 1 }\n');
  expect(await readdir(home)).toEqual(['config.yaml']);
});

test('a wrong file is repaired one key at a time', async ({ home }) => {
  const file = await written(home, 'server:\n  port: x\nlog:\n  level: y\n');
  await file.set('server.port', 1);
  await expect(file.read()).rejects.toThrow(/log\.level/);
  expect(await file.unset('log.level')).toBe(true);
  expect((await file.read()).log.level).toBe('info');
  expect(await file.unset('log.level')).toBe(false);
});

test('what is shown has no secrets', async ({ home }) => {
  const file = await written(
    home,
    `api_keys: { openai: sk-1, huggingface: { auth_token: hf-2, cache_dir: /cache } }
llms: { models: [{ name: a, backend: b, api_key: sk-3, hostname: "http://me:pw4@host/v1" }] }
`,
  );
  const shown = JSON.stringify(await file.masked());
  for (const secret of ['sk-1', 'hf-2', 'sk-3', 'pw4']) expect(shown).not.toContain(secret);
  expect(await file.get('api_keys.huggingface.cache_dir')).toBe('/cache');
  expect(await file.get('llms.models[0].hostname')).toBe('http://********@host/v1');
  expect(await file.get('api_keys.openai')).toBe('********');
  expect(await file.get('api_keys.groq')).toBeUndefined();
  expect(await file.get('server.port')).toBe(8000);
  await expect(file.get('server.prot')).rejects.toThrow(/did you mean/);
});

test('a symbolic link stays one and the mode of the file is kept', async ({ home }) => {
  const target = join(home, 'elsewhere.yaml');
  await writeFile(target, 'server: { port: 1 }\n');
  await chmod(target, 0o640);
  await symlink(target, join(home, 'config.yaml'));
  await new ConfigFile(home, {}).set('server.port', 2);
  expect(await readFile(target, 'utf8')).toBe('server: { port: 2 }\n');
  expect((await stat(target)).mode & 0o777).toBe(0o640);
  expect((await readdir(home)).sort()).toEqual(['config.yaml', 'elsewhere.yaml']);
});

test('errors are AiosErrors with all problems in their details', async ({ home }) => {
  const file = await written(home, 'server: { port: x }\nlog: { level: y }\n');
  const error = await file.read().catch((thrown: unknown) => thrown);
  expect(AiosError.isInstance(error) && error.code).toBe('invalid_argument');
  expect(AiosError.isInstance(error) && error.details).toMatchObject({
    problems: [
      { key: 'server.port', position: { line: 1, column: 17 } },
      { key: 'log.level', position: { line: 2, column: 15 } },
    ],
  });
});

test('values of the command line are read as the file would read them', () => {
  const texts = ['8000', 'true', 'hello', '[a, 1]', '*x', '"8"', '1.5', 'a: b: c', ''];
  expect(texts.map(parseConfigValue)).toEqual([
    8000,
    true,
    'hello',
    ['a', 1],
    '*x',
    '8',
    1.5,
    'a: b: c',
    null,
  ]);
});
