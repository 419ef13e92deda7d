import { type Permission, permission, type SyscallInput, tenantId, userId } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../database/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { createPolicy } from '../policy.ts';
import { isGood } from './key.ts';
import { Keys } from './keys.ts';
import { hashToken } from './token.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

const callerWith = (grant: string) => {
  const grants: Permission[] = [permission.parse(grant)];
  return { tenant: tenantId.parse('t'), user: userId.parse('u'), policy: createPolicy([grants]) };
};
const operator = callerWith('*');
const named = (rest: Partial<SyscallInput<'key.create'>> = {}) => ({ name: 'mine', ...rest });
const find = (keys: Keys, token: string) => keys.find(token, hashToken(token));

describe.each(drivers)('$name', (driver) => {
  test('a key is found by its token, after a restart too, and by nothing like it', async () => {
    await using created = await driver.create();
    const keys = await Keys.open(created.database);
    const { token, key } = await keys.create(
      operator,
      named({ budget: { tokens: 5, usd: 0.5 }, aliases: { 'gpt-*': 'small' }, expiresInMs: 60_000 }),
      (job) => created.database.write(job),
    );
    expect(token).toMatch(/^aios_[\w-]+_[\w-]+$/);
    for (const opened of [keys, await Keys.open(created.database)]) {
      const found = find(opened, token);
      expect(found).toMatchObject({ id: key.id, budget: { tokens: 5, usd: 0.5 }, expiresAt: key.expiresAt });
      expect(found?.caller.key?.aliases).toEqual({ 'gpt-*': 'small' });
      expect(found?.policy.allows('llm.chat', 'small')).toBe(true);
      expect(found?.policy.allows('storage.read', '/a')).toBe(false);
      const last = token.at(-1) === 'A' ? 'B' : 'A';
      for (const wrong of [
        token.slice(0, -1),
        token.slice(0, -1) + last,
        token.replace(key.id, 'x'.repeat(12)),
      ])
        expect(find(opened, wrong)).toBeUndefined();
    }
    const rows = await created.database.reader.selectFrom('keys').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token.split('_').at(-1));
  });

  test('a revoked key stays revoked; keys of another tenant are out of sight', async () => {
    await using created = await driver.create();
    const keys = await Keys.open(created.database);
    const { key } = await keys.create(operator, named(), (job) => created.database.write(job));
    await expect(
      keys.revoke(tenantId.parse('other'), key.id, (job) => created.database.write(job)),
    ).rejects.toMatchObject({ code: 'not_found' });
    await keys.revoke(operator.tenant, key.id, (job) => created.database.write(job));
    expect(isGood(key, Date.now())).toBe(false);
    const reopened = await Keys.open(created.database);
    expect(reopened.list(operator.tenant, false)).toEqual([]);
    expect(reopened.list(operator.tenant, true).map(({ id }) => id)).toEqual([key.id]);
    expect(reopened.list(tenantId.parse('other'), true)).toEqual([]);
  });

  test('a key may no more than its maker, lives no longer than the key it was made with, and speaks for nobody else', async () => {
    await using created = await driver.create();
    const keys = await Keys.open(created.database);
    const limited = callerWith('llm.chat:small');
    const { key } = await keys.create(limited, named({ permissions: [permission.parse('*')] }), (job) =>
      created.database.write(job),
    );
    expect(key.policy.allows('llm.chat', 'small')).toBe(true);
    expect(key.policy.allows('llm.chat', 'large')).toBe(false);
    await expect(
      keys.create(limited, named({ user: userId.parse('v') }), (job) => created.database.write(job)),
    ).rejects.toMatchObject({
      code: 'permission_denied',
    });
    expect(
      (await keys.create(operator, named({ user: userId.parse('v') }), (job) => created.database.write(job)))
        .key.user,
    ).toBe('v');

    const first = await keys.create(operator, named({ expiresInMs: 1000 }), (job) =>
      created.database.write(job),
    );
    const second = await keys.create(first.key.caller, named({ expiresInMs: 1_000_000 }), (job) =>
      created.database.write(job),
    );
    expect(second.key.expiresAt).toBe(first.key.expiresAt);
    const paying = await keys.create(operator, named({ budget: { calls: 1 } }), (job) =>
      created.database.write(job),
    );
    await expect(
      keys.create(paying.key.caller, named(), (job) => created.database.write(job)),
    ).rejects.toMatchObject({
      code: 'permission_denied',
    });
  });
});
