import { createHash, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AuditEntry,
  canonicalForm,
  emptyChain,
  hashEntry,
  linkEntries,
  type NewEntry,
} from './entry.ts';
import { AuditSigner } from './signing-key.ts';
import { verifyAudit } from './verify.ts';

// Whatever is done to the rows of a chain is found.

const signer = new AuditSigner(generateKeyPairSync('ed25519').privateKey);
const sign = (head: Parameters<AuditSigner['signHead']>[0]) => signer.signHead(head);
/** What somebody can do who has the database and not the key. */
const stranger = new AuditSigner(generateKeyPairSync('ed25519').privateKey);
const forge = (head: Parameters<AuditSigner['signHead']>[0]) => stranger.signHead(head);
const text = fc.string({ maxLength: 12 });
const optional = fc.option(text);

const newEntry: fc.Arbitrary<NewEntry> = fc.record({
  tenant: fc.constant('t'),
  at: fc.nat(),
  user: text,
  key: optional,
  pid: fc.option(fc.nat()),
  agent: optional,
  name: text,
  target: optional,
  outcome: fc.constantFrom('ok', 'denied', 'error', 'attempted'),
  code: optional,
  attempt: fc.option(fc.nat()),
  arguments_sha256: text,
  arguments: text,
  detail: optional,
});

/** A chain that was written in transactions of some entries each. */
const chain = fc
  .array(fc.array(newEntry, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 })
  .map((groups) => {
    const entries: AuditEntry[] = [];
    for (const group of groups) {
      const linked = linkEntries(group, entries.at(-1) ?? emptyChain, sign);
      entries.push(...linked);
    }
    return entries;
  });

const headsOf = (entries: readonly AuditEntry[]) =>
  entries.flatMap(({ tenant, sequence, hash, signature }) =>
    signature === null ? [] : [{ tenant, sequence, hash, signature, at: 0 }],
  );

const findingsIn = async (entries: readonly AuditEntry[], written: readonly AuditEntry[]) => {
  const heads = headsOf(written);
  const report = await verifyAudit({
    tenant: 't',
    entries,
    checkpoint: undefined,
    heads,
    key: signer.publicKey,
  });
  return report.findings;
};

const texts = [
  'tenant',
  'user',
  'key',
  'agent',
  'name',
  'target',
  'outcome',
  'code',
  'arguments_sha256',
  'arguments',
  'detail',
  'previous_hash',
  'hash',
  'signature',
] as const;
const numbers = ['sequence', 'at', 'pid', 'attempt'] as const;

type Mutation = (entries: AuditEntry[], at: number, other: number) => AuditEntry[];

const changed =
  (field: keyof AuditEntry, value: unknown): Mutation =>
  (entries, at) =>
    entries.map((entry, index) => (index === at ? { ...entry, [field]: value } : entry));

const mutations: Readonly<Record<string, fc.Arbitrary<Mutation>>> = {
  'a changed text': fc
    .tuple(fc.constantFrom(...texts), optional)
    .map(([field, value]) => changed(field, value)),
  'a changed number': fc
    .tuple(fc.constantFrom(...numbers), fc.option(fc.nat()))
    .map(([field, value]) => changed(field, value)),
  'a removed row': fc.constant((entries, at) => entries.toSpliced(at, 1)),
  'a doubled row': fc.constant((entries, at) => entries.toSpliced(at, 0, ...entries.slice(at, at + 1))),
  'two rows in each other’s place': fc.constant((entries, at, other) =>
    entries.map((entry, index) => entries[index === at ? other : index === other ? at : index] ?? entry),
  ),
  'a cut-off end': fc.constant((entries, at) => entries.slice(0, at)),
  'a row put in and all after it linked anew': newEntry.map((entry) => (entries, at) => [
    ...entries.slice(0, at),
    ...linkEntries([entry, ...entries.slice(at)], entries[at - 1] ?? emptyChain, forge),
  ]),
  'a row added at the end': newEntry.map((entry) => (entries) => [
    ...entries,
    ...linkEntries([entry], entries.at(-1) ?? emptyChain, forge),
  ]),
  'a changed row and all after it linked anew, signatures kept': newEntry.map((entry) => (entries, at) => {
    const after = linkEntries([entry, ...entries.slice(at + 1)], entries[at - 1] ?? emptyChain, forge);
    return [
      ...entries.slice(0, at),
      ...after.map((linked, index) => ({ ...linked, signature: entries[at + index]?.signature ?? null })),
    ];
  }),
};

test('a chain as it was written has no finding', async () => {
  await fc.assert(
    fc.asyncProperty(chain, async (entries) => {
      expect(await findingsIn(entries, entries)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test.each(Object.entries(mutations))('%s is found', async (_name, mutation) => {
  await fc.assert(
    fc.asyncProperty(chain, mutation, fc.nat(), fc.nat(), async (entries, mutate, first, second) => {
      const mutated = mutate(entries, first % entries.length, second % entries.length);
      fc.pre(JSON.stringify(mutated) !== JSON.stringify(entries));
      expect(await findingsIn(mutated, entries)).not.toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('no two lists of fields have the same canonical form', () => {
  const field = fc.option(fc.oneof(text, fc.string({ unit: 'binary-ascii', maxLength: 6 })));
  fc.assert(
    fc.property(fc.array(field), fc.array(field), (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(canonicalForm(one).equals(canonicalForm(other))).toBe(same);
    }),
    { numRuns: 500 },
  );
});

test('the hash of an entry is what docs/audit.md says', () => {
  const [entry] = linkEntries(
    [
      {
        tenant: 'default',
        at: 1_700_000_000_000,
        user: 'operator',
        key: null,
        pid: 7,
        agent: 'a',
        name: 'storage.write',
        target: '/ä.txt',
        outcome: 'ok',
        code: null,
        attempt: null,
        arguments_sha256: 'ab',
        arguments: '{}',
        detail: null,
      },
    ],
    emptyChain,
    sign,
  );
  const written = [
    'aios-audit-1',
    '',
    'default',
    '1',
    '1700000000000',
    'operator',
    null,
    '7',
    'a',
    'storage.write',
    '/ä.txt',
    'ok',
    null,
    null,
    'ab',
    '{}',
    null,
    'signed',
  ];
  // Computed a second way, as a third party would.
  const form = written
    .map((field) => {
      if (field === null) return 'ffffffff';
      const bytes = Buffer.from(field, 'utf8');
      return bytes.length.toString(16).padStart(8, '0') + bytes.toString('hex');
    })
    .join('');
  expect(entry?.hash).toBe(createHash('sha256').update(Buffer.from(form, 'hex')).digest('hex'));
  expect(entry && hashEntry(entry)).toBe(entry?.hash);
});
