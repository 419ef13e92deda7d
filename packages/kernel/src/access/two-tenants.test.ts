import { fuzzTwoTenants } from '@aios/testing/two-tenants';
import { expect, test } from 'vitest';

// 10^4 random calls of two tenants; `npm run bench -- access` makes 10^5.

const seed = Number(process.env.AIOS_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`random calls of two tenants: nothing leaks, nothing fails that may not (seed ${seed})`, async () => {
  const report = await fuzzTwoTenants({ calls: 10_000, seed });
  expect(report.failures).toEqual([]);
  expect(report.leaks).toEqual([]);
  expect(report.calls).toBeGreaterThanOrEqual(10_000);
  // The calls are no noise: most of the table is reached, and much of it answers.
  expect(report.answered.size).toBeGreaterThan(40);
}, 120_000);
