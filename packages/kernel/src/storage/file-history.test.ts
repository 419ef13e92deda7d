import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSqliteWorld } from './storage.fixture.ts';

const path = fc.constantFrom('/a.txt', '/sub/b.txt');
const content = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => text.isWellFormed());
const step = fc.oneof(
  fc.record({ does: fc.constant('write' as const), path, content }),
  fc.record({ does: fc.constant('outside' as const), path, content }),
  fc.record({ does: fc.constant('rollback' as const), path, version: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ does: fc.constant('restart' as const) }),
);

test('whatever is written, rolled back or changed outside, every content stays and versions have no gaps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      await using world = await createSqliteWorld();
      const acknowledged = new Map<string, Map<number, string>>();
      const now = new Map<string, string>();
      for (const action of steps) {
        if (action.does === 'restart') {
          await world.restart();
        } else if (action.does === 'outside') {
          if (!now.has(action.path)) continue;
          await writeFile(join(world.root, action.path), action.content);
          now.set(action.path, action.content);
        } else {
          const known = acknowledged.get(action.path) ?? new Map<number, string>();
          const text = action.does === 'write' ? action.content : known.get(action.version);
          if (text === undefined) continue;
          const { version } =
            action.does === 'write'
              ? await world.write(action.path, text)
              : await world.call('storage.rollback', { path: action.path, version: action.version });
          // What was there and is no version yet was changed outside and must have become the version before.
          const before = now.get(action.path);
          if (before !== undefined && !known.has(version - 1)) known.set(version - 1, before);
          acknowledged.set(action.path, known.set(version, text));
          now.set(action.path, text);
        }
      }
      for (const [name, text] of now) expect(await readFile(join(world.root, name), 'utf8')).toBe(text);
      for (const [name, contents] of acknowledged) {
        const { versions } = await world.call('storage.versions', { path: name });
        expect(versions.map(({ version }) => version).reverse()).toEqual(
          versions.map((_, index) => index + 1),
        );
        expect(versions).toHaveLength(contents.size);
        for (const [version, text] of contents) {
          expect((await world.read(name, { version })).content).toBe(text);
        }
      }
    }),
    { numRuns: 25 },
  );
});
