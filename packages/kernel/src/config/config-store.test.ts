import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AiosError, type KernelEvent } from '@aios/protocol';
import { pino } from 'pino';
import { test as base, expect } from 'vitest';
import { EventBus } from '../telemetry/index.ts';
import { type ConfigStore, openConfig } from './config-store.ts';

interface Installation {
  readonly path: string;
  readonly store: ConfigStore;
  /** Resolves with the next event of the configuration. */
  next(): Promise<KernelEvent>;
}

const test = base.extend<{ installation: Installation }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures’ names from the pattern
  installation: async ({}, use) => {
    const home = await mkdtemp(join(tmpdir(), 'aios-store-'));
    const events = new EventBus();
    {
      using store = await openConfig({ home, env: {}, logger: pino({ level: 'silent' }), events });
      const next = () => {
        const seen = Promise.withResolvers<KernelEvent>();
        const subscription = events.subscribe((event) => {
          subscription[Symbol.dispose]();
          seen.resolve(event);
        });
        return seen.promise;
      };
      await use({ path: join(home, 'config.yaml'), store, next });
    }
    await rm(home, { recursive: true });
  },
});

test('the first boot writes the file and uses its defaults', async ({ installation }) => {
  expect(installation.store.current.server.port).toBe(8000);
  expect(await readFile(installation.path, 'utf8')).toContain('# Configuration of AIOS');
});

test('a reload names exactly the keys that changed, and keeps those that need a restart', async ({
  installation,
}) => {
  const { path, store } = installation;
  const heard: (readonly string[])[] = [];
  store.adoptWith(async (next, changed) => {
    expect(next.config).not.toBe(store.current);
    heard.push(changed);
  });
  await writeFile(
    path,
    'server: { port: 9, max_body_bytes: 5 }\ntool: { http_max_bytes: 7 }\nllms: { models: [{name: a, backend: b}] }\n',
  );
  const first = await store.reload();
  expect(first).toEqual({
    changed: ['llms.models[0]', 'tool.http_max_bytes'],
    restartNeeded: ['server.port', 'server.max_body_bytes'],
  });
  expect(store.current.server).toMatchObject({ port: 8000, max_body_bytes: 16_000_000 });

  await writeFile(
    path,
    'server: { port: 9, max_body_bytes: 5 }\ntool: { http_max_bytes: 7 }\nllms: { models: [{name: a, backend: c}] }\n',
  );
  const second = await store.reload();
  expect(second).toEqual({
    changed: ['llms.models[0].backend'],
    restartNeeded: ['server.port', 'server.max_body_bytes'],
  });
  expect(heard).toEqual([first.changed, second.changed]);
});

test('a broken file changes nothing and says why', async ({ installation }) => {
  const { path, store, next } = installation;
  const before = store.current;
  await writeFile(path, 'server: { max_body_bytes: x }\nlog: { level: y }\n');
  const event = next();
  await expect(store.reload()).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringMatching(/1:27 server\.max_body_bytes: .*\n.*2:15 log\.level: /),
  });
  expect(await event).toMatchObject({ type: 'config-rejected' });
  expect(store.current).toBe(before);
});

test('a save is seen and taken over by itself', async ({ installation }) => {
  const { path, store, next } = installation;
  const event = next();
  await writeFile(path, 'log: { level: debug }\n');
  expect(await event).toMatchObject({ type: 'config-reloaded', changed: ['log.level'], restartNeeded: [] });
  expect(store.current.log.level).toBe('debug');
});

test('a save by renaming is seen, again and again, and so is a broken one', async ({ installation }) => {
  const { path, store, next } = installation;
  for (const level of ['debug', 'loud', 'warn']) {
    const event = next();
    await writeFile(`${path}~`, `log: { level: ${level} }\n`);
    await rename(`${path}~`, path);
    expect((await event).type).toBe(level === 'loud' ? 'config-rejected' : 'config-reloaded');
  }
  expect(store.current.log.level).toBe('warn');
});

test('a file that was deleted changes nothing, and one that comes back is seen', async ({ installation }) => {
  const { path, store, next } = installation;
  const rejected = next();
  await rm(path);
  expect(await rejected).toMatchObject({
    type: 'config-rejected',
    message: expect.stringContaining('is missing'),
  });
  const reloaded = next();
  await writeFile(path, 'log: { level: trace }\n');
  expect((await reloaded).type).toBe('config-reloaded');
  expect(store.current.log.level).toBe('trace');
});

test('a key that comes to the secret store is taken over by itself, and so is its end', async ({
  installation,
}) => {
  const { path, store, next } = installation;
  const heard: unknown[] = [];
  store.adoptWith(async ({ environment }) => {
    heard.push(environment.OPENAI_API_KEY);
  });
  const secrets = join(path, '..', '.env');
  const set = next();
  await writeFile(secrets, 'OPENAI_API_KEY=sk-secret\n', { mode: 0o600 });
  const event = await set;
  expect(event).toMatchObject({ type: 'config-reloaded', changed: ['OPENAI_API_KEY'] });
  expect(JSON.stringify(event)).not.toContain('sk-secret');
  expect(store.environment.OPENAI_API_KEY).toBe('sk-secret');
  const unset = next();
  await rm(secrets);
  expect(await unset).toMatchObject({ changed: ['OPENAI_API_KEY'] });
  expect(heard).toEqual(['sk-secret', undefined]);
});

test('another database takes effect at the next start', async ({ installation }) => {
  const { path, store } = installation;
  await writeFile(join(path, '..', '.env'), 'DATABASE_URL=postgres://a:b@c/d\n', { mode: 0o600 });
  expect(await store.reload()).toEqual({ changed: [], restartNeeded: ['DATABASE_URL'] });
  expect(store.environment.DATABASE_URL).toBeUndefined();
});

test('an error of a module that names a key says where it stands', async ({ installation }) => {
  const { path, store } = installation;
  store.adoptWith(async () => {
    throw new AiosError('invalid_argument', 'log.level: not now', { details: { key: 'log.level' } });
  });
  await writeFile(path, 'log:\n  level: warn\n');
  await expect(store.reload()).rejects.toThrow('config.yaml:2:10 log.level: not now');
});

test('a configuration that the modules refuse is not in force', async ({ installation }) => {
  const { path, store, next } = installation;
  const rejected = next();
  store.adoptWith(async () => {
    throw new AiosError('invalid_argument', 'no such backend');
  });
  await writeFile(path, 'log: { level: warn }\n');
  await expect(store.reload()).rejects.toThrow('no such backend');
  expect(store.current.log.level).toBe('info');
  expect(await rejected).toMatchObject({ type: 'config-rejected', message: 'no such backend' });
});

test('a broken file keeps the kernel from starting, with all problems', async ({ installation }) => {
  await writeFile(installation.path, 'server: [1]\nlog: 3\n');
  const home = join(installation.path, '..');
  await expect(openConfig({ home, env: {}, logger: pino({ level: 'silent' }) })).rejects.toThrow(
    /server: must be a section.*\n.*log: must be a section/,
  );
});
