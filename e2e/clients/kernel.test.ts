import { realComponent } from '@aios/testing/real-component';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { areSetUp } from './environments.ts';
import { expectSeen, secret } from './expected.ts';
import { type KernelEndpoint, type SettledEvent, startKernel } from './kernel-endpoint.ts';
import { type Program, programs } from './programs.ts';
import { runProgram } from './run-program.ts';
import { startVendors, type Vendors } from './vendors.ts';

// The same programs with nothing changed but the address: every client and framework on models behind every vendor’s
// format, through the kernel.

const isReady =
  realComponent('clients and frameworks of others', areSetUp(), 'Run `npm run clients`.') ?? false;

describe.skipIf(!isReady)('clients and frameworks of others on the kernel', () => {
  let vendors: Vendors;
  let endpoint: KernelEndpoint;
  beforeAll(async () => {
    vendors = await startVendors();
    endpoint = await startKernel(vendors);
  });
  afterAll(async () => {
    await endpoint[Symbol.asyncDispose]();
    await vendors[Symbol.asyncDispose]();
  });

  test.for(programs)('$name', { timeout: 60_000 }, async (program, { signal }) => {
    const environment = { ...endpoint.environment, CLIENT_SECRET: secret };
    const seen = await runProgram(program, environment, signal);
    expectSeen(seen, program, { endpoint, isVendor: false });
    expectSystemCalls(endpoint.takeSettled(), program, endpoint.models.length);
  });
});

/** A request of the format that its model speaks is passed on as it is. */
const modelCalls = new Set(['llm.chat', 'llm.forward']);

/** Every reply was a system call: scheduled, and metered with the tokens that the vendor told. */
function expectSystemCalls(settled: readonly SettledEvent[], program: Program, models: number): void {
  const calls = settled.filter(({ name, status }) => modelCalls.has(name) && status === 'ok');
  expect(calls.length).toBeGreaterThanOrEqual(2 * program.conversations.length * models);
  for (const call of calls) {
    expect(call.steps.schedule, call.target).toBeGreaterThanOrEqual(0);
    expect(call.usage?.inputTokens, call.target).toBeGreaterThan(0);
  }
}
