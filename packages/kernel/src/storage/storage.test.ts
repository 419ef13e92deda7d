import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseDrivers } from '@aios/testing/databases';
import { eventually } from '@aios/testing/eventually';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { callerOf, createWorld } from './storage.fixture.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

describe.each(drivers)('$name', (driver) => {
  test('a file is written, read, listed and found', async () => {
    await using world = await createWorld(driver);
    const written = await world.write('/notes/plan.md', '# Plan\n\nBuild the bridge of oak.\n');
    expect(written).toMatchObject({ path: '/notes/plan.md', version: 1, sizeBytes: 33 });
    expect(await world.read('/notes/plan.md')).toMatchObject({
      version: 1,
      sha256: written.sha256,
      sizeBytes: 33,
    });
    const { entries } = await world.call('storage.list', { path: '/', recursive: true });
    expect(entries).toMatchObject([
      { path: '/notes', kind: 'directory' },
      { path: '/notes/plan.md', kind: 'file', sizeBytes: 33 },
    ]);
    const { matches } = await world.call('storage.search', { query: 'What is the bridge made of?' });
    expect(matches).toMatchObject([{ path: '/notes/plan.md', startLine: 1, endLine: 3, heading: 'Plan' }]);
  });

  test('every version stays readable, rollback makes a new one, authors are named', async () => {
    await using world = await createWorld(driver);
    await world.write('/a.txt', 'one', { caller: callerOf({ agent: 'scribe', pid: 7 }) });
    await world.write('/a.txt', 'two');
    await world.call('storage.rollback', { path: '/a.txt', version: 1 });
    const { versions } = await world.call('storage.versions', { path: '/a.txt' });
    expect(versions).toMatchObject([
      { version: 3, cause: 'rollback', author: 'user:anna' },
      { version: 2, cause: 'write', author: 'user:anna' },
      { version: 1, cause: 'write', author: 'scribe', pid: 7 },
    ]);
    expect((await world.read('/a.txt')).content).toBe('one');
    expect((await world.read('/a.txt', { version: 2 })).content).toBe('two');
    await expect(world.read('/a.txt', { version: 9 })).rejects.toMatchObject({ code: 'not_found' });
    await expect(world.call('storage.rollback', { path: '/a.txt', version: 9 })).rejects.toThrow('1 to 3');
  });

  test('what was changed outside is a version before it is overwritten', async () => {
    await using world = await createWorld(driver);
    await writeFile(join(world.root, 'a.txt'), 'from before AIOS');
    expect((await world.read('/a.txt')).version).toBeUndefined();
    await world.write('/a.txt', 'by AIOS');
    await writeFile(join(world.root, 'a.txt'), 'by an editor');
    expect((await world.read('/a.txt')).version).toBeUndefined();
    await world.write('/a.txt', 'by AIOS again');
    const { versions } = await world.call('storage.versions', { path: '/a.txt' });
    expect(versions.map(({ cause }) => cause)).toEqual(['write', 'outside', 'write', 'outside']);
    expect((await world.read('/a.txt', { version: 1 })).content).toBe('from before AIOS');
    expect((await world.read('/a.txt', { version: 3 })).content).toBe('by an editor');
  });

  test('expectedVersion refuses to overwrite what the caller has not seen', async () => {
    await using world = await createWorld(driver);
    await world.write('/a.txt', 'one', { expectedVersion: 0 });
    await expect(world.write('/a.txt', 'x', { expectedVersion: 0 })).rejects.toMatchObject({
      code: 'failed_precondition',
      details: { latestVersion: 1 },
    });
    await world.write('/a.txt', 'two', { expectedVersion: 1 });
    await writeFile(join(world.root, 'a.txt'), 'outside');
    await expect(world.write('/a.txt', 'x', { expectedVersion: 2 })).rejects.toThrow('latest version is 3');
    expect((await world.read('/a.txt')).content).toBe('outside');
    await world.write('/a.txt', 'four', { expectedVersion: 3 });
    expect((await world.read('/a.txt')).version).toBe(4);
  });

  test('writes to one path at once take turns; of those with an expected version one wins', async () => {
    await using world = await createWorld(driver);
    const contents = Array.from({ length: 20 }, (_, index) => `content ${index}`);
    const written = await Promise.all(contents.map((content) => world.write('/a.txt', content)));
    expect(written.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      contents.map((_, index) => index + 1),
    );
    const found = await Promise.all(written.map(({ version }) => world.read('/a.txt', { version })));
    expect(found.map(({ content }) => content)).toEqual(contents);
    const rivals = await Promise.allSettled(
      contents.map((content) => world.write('/b.txt', content, { expectedVersion: 0 })),
    );
    expect(rivals.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('mounts and files survive a restart, changes made meanwhile are found again', async () => {
    await using world = await createWorld(driver);
    const docs = await world.folder('docs', { 'a.md': 'the heron', 'b.md': 'the stork' });
    await world.call('storage.mount', { path: '/docs', source: docs });
    await world.write('/own.md', 'the crane');
    await rm(join(docs, 'b.md'));
    await writeFile(join(docs, 'c.md'), 'the egret');
    await world.restart();
    expect((await world.storage.mounts('default')).map(({ path }) => path)).toEqual(['/', '/docs']);
    expect((await world.read('/docs/a.md')).content).toBe('the heron');
    const found = async () => [await world.find('egret'), await world.find('stork')];
    await eventually(async () => expect(await found()).toEqual([['/docs/c.md'], []]));
    expect(await world.find('crane')).toEqual(['/own.md']);
  });

  test('tenants share nothing', async () => {
    await using world = await createWorld(driver);
    const other = callerOf({ tenant: 'other/../x' });
    await world.write('/a.md', 'the heron');
    await world.write('/a.md', 'the stork', { caller: other });
    expect((await world.read('/a.md')).content).toBe('the heron');
    expect((await world.call('storage.read', { path: '/a.md' }, other)).content).toBe('the stork');
    expect((await world.call('storage.search', { query: 'heron stork' }, other)).matches).toHaveLength(1);
    expect((await world.call('storage.versions', { path: '/a.md' }, other)).versions).toHaveLength(1);
    expect(await readdir(join(world.home, 'tenants'))).toEqual([encodeURIComponent('other/../x')]);
  });
});
