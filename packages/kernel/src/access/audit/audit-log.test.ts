import { tenantId, userId } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { bootInstallation } from '@aios/testing/installation';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Database, openDatabase } from '../../database/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { defineTool } from '../../tool/index.ts';
import { createPolicy } from '../index.ts';
import { type AuditLog, openAudit } from './audit-log.ts';
import { verifyDatabase } from './verify-database.ts';

// The audit on its database: what cannot be done to it, and what is found where somebody did it all the same.

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));
const settings = () => ({ enabled: true, anchor_every_ms: 1 });
const caller = { tenant: tenantId.parse('t'), user: userId.parse('u'), policy: createPolicy([[]]) };

const record = async (audit: AuditLog, target: string) => {
  await audit.open({ name: 'storage.write', caller, target, input: { path: target } })?.close(undefined);
};

/** What the owner of a database can do, who is no ordinary client of it. */
const dropTriggers = (kind: Database['kind']) =>
  kind === 'sqlite'
    ? ['drop trigger audit_entries_are_not_changed', 'drop trigger audit_entries_are_not_removed']
    : ['alter table audit_entries disable trigger all'];

describe.each(drivers)('$name', ({ create }) => {
  const written = async () => {
    const place = await create();
    const audit = await openAudit({ home: place.home, database: place.database, settings, logger });
    for (const target of ['/1', '/2', '/3', '/4']) await record(audit, target);
    await Promise.all(['/5', '/6', '/7', '/8'].map((target) => record(audit, target)));
    await audit[Symbol.asyncDispose]();
    const run = (statement: string) =>
      place.database.write((transaction) => sql.raw(statement).execute(transaction));
    const findings = async () => {
      const key = audit.signer.publicKey;
      const reports = await verifyDatabase(place.database.reader, { home: place.home, key });
      return reports.flatMap((report) => report.findings.map(({ kind, sequence }) => `${kind} ${sequence}`));
    };
    return { place, run, findings };
  };

  test('the database refuses to change and to remove entries', async () => {
    const { place, run, findings } = await written();
    await using _place = place;
    await expect(run(`update audit_entries set target = '/x' where sequence = 2`)).rejects.toThrow();
    await expect(run('delete from audit_entries where sequence = 8')).rejects.toThrow();
    await expect(run('delete from audit_entries')).rejects.toThrow();
    if (place.database.kind === 'postgresql') await expect(run('truncate audit_entries')).rejects.toThrow();
    expect(await findings()).toEqual([]);
  });

  test.each([
    ['a changed target', `update audit_entries set target = '/x' where sequence = 2`, 'changed 2'],
    ['a changed time', 'update audit_entries set at = at + 1 where sequence = 8', 'changed 8'],
    ['a removed entry', 'delete from audit_entries where sequence = 3', 'missing 3'],
    ['a removed beginning', 'delete from audit_entries where sequence < 3', 'missing 1'],
    ['a removed end', 'delete from audit_entries where sequence > 4', 'truncated 5'],
    ['all removed', 'delete from audit_entries', 'truncated 1'],
    [
      'two that changed places',
      'update audit_entries set sequence = case sequence when 2 then -3 else -2 end where sequence in (2, 3)',
      'inserted -3',
    ],
    [
      'a signature that is not there',
      'update audit_entries set signature = null where sequence = 2',
      'changed 2',
    ],
    [
      'an entry put in by copying one',
      `insert into audit_entries select tenant, 9, at, "user", key, pid, agent, name, target, outcome, code, attempt,
       arguments_sha256, arguments, detail, previous_hash, hash, signature from audit_entries where sequence = 8`,
      'changed 9',
    ],
  ])('%s is found', async (_what, statement, finding) => {
    const { place, run, findings } = await written();
    await using _place = place;
    for (const drop of dropTriggers(place.database.kind)) await run(drop);
    await run(statement);
    expect(await findings()).toEqual([finding]);
  });

  test('a checkpoint that somebody else made is found', async () => {
    const { place, run, findings } = await written();
    await using _place = place;
    await run(
      `insert into audit_checkpoints (tenant, sequence, hash, at, segment, segment_sha256, signature)
       select tenant, sequence, hash, at, 'x', 'x', signature from audit_entries where sequence = 4`,
    );
    await run('delete from audit_entries where sequence < 5');
    expect(await findings()).toEqual(['forged 4']);
  });

  test('an entry that is put in before the beginning is found', async () => {
    const { place, run, findings } = await written();
    await using _place = place;
    await run(
      `insert into audit_entries select tenant, 0, at, "user", key, pid, agent, name, target, outcome, code, attempt,
       arguments_sha256, arguments, detail, '', hash, signature from audit_entries where sequence = 1`,
    );
    expect(await findings()).toEqual(['inserted 0']);
  });
});

test('calls whose entry cannot be written fail, and what they were to do is not done', async () => {
  let ran = 0;
  const tool = defineTool({
    name: 'mail.send',
    description: 'Send.',
    input: z.object({}),
    effect: 'external',
    idempotent: false,
    run: () => {
      ran += 1;
    },
  });
  await using installation = await bootInstallation({ tools: [tool] });
  const { session, home } = installation;
  await session.call('storage.write', { path: '/a.txt', content: 'before' });
  await installation.kernel.close();
  {
    await using database = await openDatabase({ home, logger });
    await database.write((transaction) =>
      sql`create trigger broken before insert on audit_entries begin select raise(abort, 'no room'); end`.execute(
        transaction,
      ),
    );
  }
  await installation.reboot();
  const again = installation.session;
  await expect(again.call('storage.write', { path: '/a.txt', content: 'after' })).rejects.toThrow();
  expect((await again.call('storage.read', { path: '/a.txt' })).content).toBe('before');
  await expect(again.call('tool.call', { name: 'mail.send', arguments: {} })).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(ran).toBe(0);
});
