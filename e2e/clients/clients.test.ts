import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { realComponent } from '@aios/testing/real-component';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from './endpoint.ts';
import { areSetUp, npm } from './environments.ts';
import { expectSeen, secret } from './expected.ts';
import { programs } from './programs.ts';
import { runProgram } from './run-program.ts';
import { startVendors, vendorEndpoint } from './vendors.ts';

// The vendors’ own clients, and frameworks of others, unmodified. This shows that the servers of @aios/testing are what
// these clients take for the vendors.

const isReady =
  realComponent('clients and frameworks of others', areSetUp(), 'Run `npm run clients`.') ?? false;

describe.skipIf(!isReady)('clients and frameworks of others', () => {
  let endpoint: Endpoint;
  beforeAll(async () => {
    endpoint = vendorEndpoint(await startVendors());
  });
  afterAll(() => endpoint[Symbol.asyncDispose]());

  test.concurrent.for(programs)('$name', { timeout: 60_000 }, async (program, { signal }) => {
    const environment = { ...endpoint.environment, CLIENT_SECRET: secret };
    const seen = await runProgram(program, environment, signal);
    expectSeen(seen, program, { endpoint, isVendor: true });
  });

  test('the programs are typed as the packages say', { timeout: 60_000 }, async () => {
    const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc');
    const { stdout } = await promisify(execFile)(tsc, ['--noEmit', '-p', npm.programs]);
    expect(stdout).toBe('');
  });
});
