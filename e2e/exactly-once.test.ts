// The kernel is killed at the commit of each call that changes something, when nobody has heard of it. The calls are made
// again, and each change is there exactly once.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseKinds } from '@aios/testing/databases';
import { installAgent } from '@aios/testing/installation';
import { mutatingCalls } from '@aios/testing/mutating-calls';
import { openRows } from '@aios/testing/rows';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startKernel, untilCrash } from './kernel-process.ts';

const callerSource = join(import.meta.dirname, '..', 'packages', 'testing', 'agents', 'caller', 'agent.ts');

describe.each(await databaseKinds())('$name', ({ place }) => {
  let home: string;
  let databaseUrl: string | undefined;
  beforeAll(async () => {
    ({ databaseUrl } = await place());
    home = await mkdtemp(join(tmpdir(), 'aios-exactly-once-'));
    await writeFile(
      join(home, 'config.yaml'),
      'llms:\n  models:\n    - { name: offline, backend: offline }\naccess: { irreversible: allow }\n',
    );
    await installAgent(home, 'caller', await readFile(callerSource, 'utf8'));
  });
  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
  });

  const environment = (fault?: string): Record<string, string> => ({
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    ...(fault !== undefined && { AIOS_FAULT: fault }),
  });

  test('each change of a durable process happens exactly once, wherever the kernel is killed', async () => {
    const first = await startKernel({ home, env: environment('after-answer') });
    const known = await mutatingCalls({ home, operator: first.client });
    // The other calls would not come again after it; it has tests of its own.
    const calls = known.filter(({ isLast }) => !isLast);
    const list = calls.map(({ name, input }) => ({ name, input }));
    const request = { agent: 'caller', input: JSON.parse(JSON.stringify({ calls: list })), durable: true };
    const { pid } = await first.client.process.spawn(request);
    await first.crashed;
    await first.client[Symbol.asyncDispose]();

    // Before the commit a call has changed nothing yet, but for those that write files.
    const crashes = calls.flatMap(({ name }) => [
      ...(name.startsWith('storage.') ? [`after-answer:${name}`] : []),
      `after-receipt:${name}`,
    ]);
    for (const fault of crashes) {
      expect([fault, await untilCrash({ home, env: environment(fault) })]).toEqual([fault, 'SIGKILL']);
    }

    await using kernel = await startKernel({ home, env: environment() });
    const ended = await kernel.client.process.wait({ pid, timeoutMs: 30_000 });
    expect(ended.state).toBe('succeeded');
    const outcomes = ended.output as { output?: unknown; code?: string }[];
    const refused = calls.filter(({ mayFail }, index) => !mayFail && outcomes[index]?.code !== undefined);
    expect(refused).toEqual([]);
    await using rows = await openRows(home, databaseUrl);
    const counts: unknown[] = [];
    for (const { name, count } of calls) {
      if (count === undefined) continue;
      const sql =
        typeof count === 'string' ? count : count[databaseUrl === undefined ? 'sqlite' : 'postgresql'];
      for (const { n } of await rows.query(sql)) counts.push([name, Number(n)]);
    }
    expect(counts).toEqual(calls.filter(({ count }) => count !== undefined).map(({ name }) => [name, 1]));
  }, 120_000);
});
