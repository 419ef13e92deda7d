import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { realComponent } from '@aios/testing/real-component';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { areSetUp, npm } from './environments.ts';
import { otherRuns, type Program, programs } from './programs.ts';
import { runProgram, type SeenRun } from './run-program.ts';
import { verdict } from './scripted-orders.ts';
import { type Endpoint, startVendors } from './vendors.ts';

// The vendors’ own clients, and frameworks of others, unmodified. This shows that the servers of @aios/testing are what
// these clients take for the vendors.

const isReady =
  realComponent('clients and frameworks of others', areSetUp(), 'Run `npm run clients`.') ?? false;
const secret = 'hall-7f3';
const answer = `Order A-17 is in ${secret}-A-17. Order B-4 is in ${secret}-B-4.`;
const counted = { inputTokens: 250, outputTokens: 50 };
const none = { inputTokens: 0, outputTokens: 0 };

describe.skipIf(!isReady)('clients and frameworks of others', () => {
  let vendors: Endpoint | undefined;
  beforeAll(async () => {
    vendors = await startVendors();
  });
  afterAll(() => vendors?.[Symbol.asyncDispose]());

  test.for(programs)('$name', { timeout: 60_000 }, async (program, { signal }) => {
    const seen = await runProgram(program, { ...vendors?.environment, CLIENT_SECRET: secret }, signal);
    expect(Object.fromEntries(seen.map((run) => [run.run, run]))).toEqual(expected(program));
    for (const run of seen) expectDeltas(run);
  });

  test('the programs are typed as the packages say', { timeout: 60_000 }, async () => {
    const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc');
    const { stdout } = await promisify(execFile)(tsc, ['--noEmit', '-p', npm.programs]);
    expect(stdout).toBe('');
  });
});

/** What a program must have seen, by the names of its runs: all of them, and no other. */
function expected(program: Program): Record<string, object> {
  const runs: Record<string, object> = {};
  for (const run of program.conversations) {
    const usage = program.usages?.[run] ?? (program.uncounted?.includes(run) ? none : counted);
    runs[run] = expect.objectContaining({
      answer,
      orders: ['A-17', 'B-4'],
      usage: expect.objectContaining(usage),
    });
  }
  for (const run of program.structured ?? []) runs[run] = expect.objectContaining({ json: verdict });
  for (const [run, other] of Object.entries(program.others ?? {})) {
    runs[run] = expect.objectContaining(otherRuns[other]);
  }
  return runs;
}

/** The answer has ten words and comes in ten pieces; no client may get them in fewer. */
function expectDeltas({ run, deltas }: SeenRun): void {
  if (deltas !== undefined) expect(deltas, run).toBeGreaterThanOrEqual(10);
}
