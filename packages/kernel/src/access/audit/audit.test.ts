import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { permission } from '@aios/protocol';
import { newPostgresDatabase } from '@aios/testing/databases';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { realComponent } from '@aios/testing/real-component';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../../telemetry/index.ts';
import { defineTool } from '../../tool/index.ts';
import { anchorPath, readHeads } from './anchor.ts';
import { signingKeyPath } from './signing-key.ts';
import { verifyOffline } from './verify-offline.ts';

// The audit of a whole installation.

const postgres = realComponent('PostgreSQL', await newPostgresDatabase(), 'Install the package postgresql.');

const mail = defineTool({
  name: 'mail.send',
  description: 'Send a mail.',
  input: z.object({ to: z.string(), body: z.string(), password: z.string().optional() }),
  effect: 'external',
  idempotent: false,
  run: ({ to }) => {
    if (to === 'nobody') throw new Error('no such mailbox');
    return { sent: true };
  },
});

const verified = (installation: Installation, url?: string) =>
  verifyOffline({
    home: installation.home,
    env: url === undefined ? {} : { DATABASE_URL: url },
    logger: createLogger('silent'),
  });

const refused = { code: 'permission_denied' };

const databases: readonly { name: string; databaseUrl?: string }[] = [
  { name: 'SQLite' },
  ...(postgres === undefined ? [] : [{ name: 'PostgreSQL', databaseUrl: postgres }]),
];

test.each(databases)(
  'denied, external and destructive calls are in the audit on $name',
  async ({ databaseUrl }) => {
    await using installation = await bootInstallation({
      tools: [mail],
      ...(databaseUrl !== undefined && { databaseUrl }),
    });
    const { session, kernel } = installation;
    await session.call('tool.call', {
      name: 'mail.send',
      arguments: { to: 'a@example.org', body: 'the plan is secret', password: 'hunter2' },
    });
    await expect(
      session.call('tool.call', { name: 'mail.send', arguments: { to: 'nobody', body: 'x' } }),
    ).rejects.toThrow('no such mailbox');
    await session.call('storage.write', { path: '/a.txt', content: 'what is written' });
    await session.call('storage.read', { path: '/a.txt' });
    const { token } = await session.call('key.create', {
      name: 'narrow',
      permissions: [permission.parse('storage.read:/docs/**')],
    });
    const narrow = kernel.open(token);
    await expect(narrow.call('storage.read', { path: '/a.txt' })).rejects.toMatchObject(refused);
    await expect(narrow.call('audit.list', {})).rejects.toMatchObject(refused);

    const { entries } = await session.call('audit.list', {});
    expect(entries.map(({ name, target, outcome, code }) => [name, target, outcome, code])).toEqual([
      ['tool.call', 'mail.send', 'attempted', null],
      ['tool.call', 'mail.send', 'ok', null],
      ['tool.call', 'mail.send', 'attempted', null],
      ['tool.call', 'mail.send', 'error', 'internal'],
      ['storage.write', '/a.txt', 'ok', null],
      ['key.create', null, 'ok', null],
      ['storage.read', '/a.txt', 'denied', 'permission_denied'],
      ['audit.list', null, 'denied', 'permission_denied'],
    ]);
    expect(entries[1]?.attempt).toBe(1);
    const text = JSON.stringify(entries);
    for (const hidden of ['hunter2', 'the plan', 'what is written', token])
      expect(text).not.toContain(hidden);

    await kernel.close();
    expect(await verified(installation, databaseUrl)).toMatchObject([
      { tenant: 'default', entries: 8, anchoredTo: 8, findings: [] },
    ]);
    expect((await stat(signingKeyPath(installation.home))).mode & 0o777).toBe(0o600);
  },
);

test('a durable process: its attempt and its outcome are written with the effect, once over a restart', async () => {
  await using installation = await bootInstallation({ tools: [mail] });
  const { session } = installation;
  const calls = [
    { name: 'tool.call', input: { name: 'mail.send', arguments: { to: 'b', body: 'x' } } },
    { name: 'storage.write', input: { path: '/b.txt', content: 'x' } },
  ];
  const { pid } = await session.call('process.spawn', { agent: 'caller', durable: true, input: { calls } });
  await session.call('process.wait', { pid });
  const list = async () => (await installation.session.call('audit.list', { pid })).entries;
  const before = await list();
  expect(before.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    'tool.call attempted',
    'tool.call ok',
    'storage.write ok',
  ]);
  await installation.reboot();
  expect(await list()).toEqual(before);
});

test('entries survive a restart and the chain goes on', async () => {
  await using installation = await bootInstallation();
  await installation.session.call('storage.write', { path: '/a.txt', content: '1' });
  await installation.reboot();
  await installation.session.call('storage.write', { path: '/a.txt', content: '2' });
  await installation.kernel.close();
  expect(await verified(installation)).toMatchObject([{ entries: 2, findings: [] }]);
});

test('the audit of one tenant shows nothing of another', async () => {
  await using installation = await bootInstallation();
  const { session, kernel } = installation;
  const { token } = await session.call('key.create', {
    name: 'theirs',
    tenant: 'other',
    permissions: [permission.parse('*')],
  });
  const theirs = kernel.open(token);
  await theirs.call('storage.write', { path: '/secret-plan.txt', content: 'x' });
  expect((await theirs.call('audit.list', {})).entries).toMatchObject([
    { tenant: 'other', sequence: 1, target: '/secret-plan.txt' },
  ]);
  const ours = await session.call('audit.list', {});
  expect(ours.entries.map(({ tenant }) => tenant)).toEqual(['default']);
});

test('with the audit off nothing is written, and a reload turns it on', async () => {
  const config = 'llms:\n  models:\n    - { name: offline, backend: offline }\naudit: { enabled: false }\n';
  await using installation = await bootInstallation({ config });
  await installation.session.call('storage.write', { path: '/a.txt', content: '1' });
  expect((await installation.session.call('audit.list', {})).entries).toEqual([]);
});

test('old entries move into a segment, both parts can be checked, and the rest stays where it is', async () => {
  await using installation = await bootInstallation();
  const { session, kernel, home } = installation;
  for (const content of ['1', '2', '3']) await session.call('storage.write', { path: '/a.txt', content });
  const rotated = await session.call('audit.rotate', { olderThanMs: 0 });
  expect(rotated.entries).toBe(3);
  await session.call('storage.write', { path: '/a.txt', content: '4' });
  const kept = await session.call('audit.list', {});
  expect(kept.entries.map(({ sequence, name }) => [sequence, name])).toEqual([
    [4, 'audit.rotate'],
    [5, 'storage.write'],
  ]);
  expect(kept.checkpoint?.sequence).toBe(3);
  await kernel.close();
  expect(await verified(installation)).toMatchObject([{ entries: 2, end: { sequence: 5 }, findings: [] }]);
  const file = rotated.segment ?? '';
  const options = { home, env: {}, logger: createLogger('silent') };
  expect(await verifyOffline({ ...options, file })).toMatchObject([{ entries: 3, findings: [] }]);
  expect(await readFile(file, 'utf8')).not.toContain('"sequence":4');
});

test('signed heads also go where the configuration says', async () => {
  const config =
    'llms:\n  models:\n    - { name: offline, backend: offline }\naudit: { anchor: elsewhere/heads.jsonl, anchor_every_ms: 5 }\n';
  await using installation = await bootInstallation({ config });
  await installation.session.call('storage.write', { path: '/a.txt', content: '1' });
  await installation.kernel.close();
  const [home, elsewhere] = await Promise.all(
    [anchorPath(installation.home), join(installation.home, 'elsewhere', 'heads.jsonl')].map(readHeads),
  );
  expect(home).toMatchObject([{ tenant: 'default', sequence: 1 }]);
  expect(elsewhere).toEqual(home);
});
