// `aios chaos` and the crash demo, as CI runs them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newPostgresDatabase } from '@aios/testing/databases';
import { realComponent } from '@aios/testing/real-component';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { aios } from './kernel-process.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aios-chaos-test-'));
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

const report = z.object({
  seed: z.number(),
  kills: z.number(),
  duplicates: z.number(),
  losses: z.number(),
  paidAgain: z.number(),
  failures: z.array(z.string()),
});

async function checkChaos(args: readonly string[]): Promise<void> {
  const seed = Date.now() % 100_000;
  const { code, stdout, stderr } = await aios(
    ['chaos', '--quick', '--json', '--seed', String(seed), ...args],
    {
      home,
    },
  );
  if (stdout === '') throw new Error(stderr);
  const { kills, ...rest } = report.parse(JSON.parse(stdout));
  expect(rest).toEqual({ seed, duplicates: 0, losses: 0, paidAgain: 0, failures: [] });
  expect(kills).toBeGreaterThan(10);
  expect(code).toBe(0);
}

test('kernels on SQLite that are killed at every boundary leave nothing twice and nothing undone', async () => {
  await checkChaos([]);
}, 240_000);

const postgres = realComponent('PostgreSQL', await newPostgresDatabase(), 'Install the package postgresql.');
test.skipIf(postgres === undefined)(
  'so do kernels on PostgreSQL',
  async () => {
    const databases = [await newPostgresDatabase(), await newPostgresDatabase()].map(String);
    await checkChaos(['--database', ...databases]);
  },
  240_000,
);

test('the crash demo pays once', async () => {
  const { code, stdout, stderr } = await aios(['demo', '--crash', '--json'], { home });
  expect([code, stderr.includes('SIGKILL')]).toEqual([0, true]);
  expect(JSON.parse(stdout)).toMatchObject({
    process: { state: 'succeeded', output: { receipt: 'receipt of bill-2026-11', version: 1 } },
    effects: [{ state: 'reconciled', resolution: { outcome: 'committed', by: 'probe' } }],
    paid: [{ id: 'bill-2026-11' }],
  });
}, 60_000);
