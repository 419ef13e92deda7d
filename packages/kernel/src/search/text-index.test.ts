import { databaseDrivers } from '@aios/testing/databases';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { createTextIndex, type IndexedDocument, splitPassages } from './index.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));
const shelf = { tenant: 'default', collection: 'file' };

function document(key: string, text: string, more: Partial<IndexedDocument> = {}): IndexedDocument {
  return { ...shelf, key, fingerprint: '1', passages: splitPassages(text, 'markdown'), ...more };
}

const handbook = [
  document('/docs/holidays.md', '# Holidays\n\nEvery employee has thirty days of paid holidays a year.'),
  document(
    '/docs/expenses.md',
    '# Expenses\n\nTravel expenses are refunded within two weeks. Keep the receipts.',
  ),
  document(
    '/docs/security.md',
    '# Security\n\nPasswords have at least sixteen characters. Report a lost laptop at once.',
  ),
  document(
    '/docs/office.md',
    '# Office\n\nThe office opens at seven. The days when the office is closed are on the wall.',
  ),
  document(
    '/docs/network.md',
    '# Network\n\nThe proxy listens on proxy.example.com:3128; see /etc/proxy.conf for don’t-use hosts.',
  ),
  document(
    '/notes/holidays.md',
    'Somebody asked about holidays: how many paid holidays, holidays abroad, holidays.',
  ),
];

describe.each(drivers)('$name', (driver) => {
  async function open() {
    const place = await driver.create();
    return { place, index: createTextIndex(place.database) };
  }

  test.each([
    ['How many days of paid holidays does an employee have?', '/docs/holidays.md'],
    ['When are my travel expenses refunded?', '/docs/expenses.md'],
    ['I have lost my laptop, what should I do?', '/docs/security.md'],
    ['password length', '/docs/security.md'],
    ['opening of the OFFICE', '/docs/office.md'],
    ['proxy.conf', '/docs/network.md'],
    ['example', '/docs/network.md'],
  ])('answers “%s” from %s', async (query, expected) => {
    const { place, index } = await open();
    await using _place = place;
    await index.putMany(handbook);
    const [best] = await index.search({ ...shelf, prefix: '/docs', query, limit: 3 });
    expect(best).toMatchObject({ key: expected, startLine: 1, endLine: 3 });
  });

  test('a word in the heading counts more than one in the text, scores fall', async () => {
    const { place, index } = await open();
    await using _place = place;
    await index.put(
      document('/a', '# Backup\n\nIt runs at night and takes an hour, or two when there is much.'),
    );
    await index.put(
      document('/b', '# Night\n\nThe backup runs now and takes an hour, or two when there is much.'),
    );
    const found = await index.search({ ...shelf, prefix: '/', query: 'backup', limit: 5 });
    expect(found.map((passage) => passage.key)).toEqual(['/a', '/b']);
    expect(found[0]?.score).toBeGreaterThan(found[1]?.score ?? Number.POSITIVE_INFINITY);
  });

  test('finds within the prefix, the shelf and the keys that were asked for only', async () => {
    const { place, index } = await open();
    await using _place = place;
    await index.putMany([
      document('/docs', 'word'),
      document('/docs/a', 'word'),
      document('/docs-old/a', 'word'),
      document('/docs/a', 'word', { tenant: 'other' }),
      document('/docs/b', 'word', { collection: 'note' }),
    ]);
    const search = async (prefix: string, keys?: string[]) =>
      (await index.search({ ...shelf, prefix, query: 'word', limit: 9, ...(keys && { keys }) }))
        .map((found) => found.key)
        .sort();
    expect(await search('/')).toEqual(['/docs', '/docs-old/a', '/docs/a']);
    expect(await search('/docs')).toEqual(['/docs', '/docs/a']);
    expect(await search('/docs/a')).toEqual(['/docs/a']);
    expect(await search('/', ['/docs/a', '/docs/b'])).toEqual(['/docs/a']);
    expect(await search('/', [])).toEqual([]);
  });

  test('a document that is put again replaces the one before', async () => {
    const { place, index } = await open();
    await using _place = place;
    await index.put(document('/a', 'the elephant'));
    await index.put(document('/a', 'the giraffe', { fingerprint: '2' }));
    const find = (query: string) => index.search({ ...shelf, prefix: '/', query, limit: 9 });
    expect(await find('elephant')).toEqual([]);
    expect(await find('giraffe')).toHaveLength(1);
    expect(await index.fingerprints(shelf, '/')).toEqual(new Map([['/a', '2']]));
    await index.setFingerprint({ ...shelf, key: '/a', fingerprint: '3' });
    expect(await index.fingerprints(shelf, '/')).toEqual(new Map([['/a', '3']]));
  });

  test('a transaction that fails takes its document along', async () => {
    const { place, index } = await open();
    await using _place = place;
    const failing = place.database.write(async (transaction) => {
      await index.put(document('/a', 'the elephant'), transaction);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await index.search({ ...shelf, prefix: '/', query: 'elephant', limit: 9 })).toEqual([]);
  });

  test('removes by key and by prefix, with all passages', async () => {
    const { place, index } = await open();
    await using _place = place;
    const keys = Array.from({ length: 150 }, (_, number) => `/docs/${number}`);
    await index.putMany([...keys.map((key) => document(key, 'word')), document('/docs-old', 'word')]);
    expect(await index.count(shelf, '/docs')).toEqual({ documents: 150, passages: 150 });
    await index.remove(shelf, keys.slice(0, 120));
    expect(await index.count(shelf, '/docs')).toEqual({ documents: 30, passages: 30 });
    await index.removeBelow(shelf, '/docs');
    expect(await index.fingerprints(shelf, '/')).toEqual(new Map([['/docs-old', '1']]));
    expect(await index.count(shelf, '/')).toEqual({ documents: 1, passages: 1 });
  });

  test('any text is stored and any text may be asked for', async () => {
    const { place, index } = await open();
    await using _place = place;
    const odd = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
      fc.stringMatching(/^[-"'():*&|!<>\\^+{}\w ]*$/),
      fc.constantFrom(
        'NEAR(a b)',
        'a AND',
        '"',
        "'",
        'heading:x',
        '* OR',
        'a & | b',
        '\0',
        '\ud800',
        'x'.repeat(5000),
      ),
    );
    await fc.assert(
      fc.asyncProperty(odd, odd, async (text, query) => {
        await index.put(document('/odd', text));
        expect(Array.isArray(await index.search({ ...shelf, prefix: '/', query, limit: 3 }))).toBe(true);
      }),
      { numRuns: 80 },
    );
  });
});
