// A process that was taken over wakes up late and tries each call that changes something.

import { AiosError, type Pid } from '@aios/protocol';
import { databaseKinds } from '@aios/testing/databases';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { mutatingCalls } from '@aios/testing/mutating-calls';
import { openRows, type Rows } from '@aios/testing/rows';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Starts a process that may do anything and waits for its child. */
async function startWaiting({ kernel, session }: Installation): Promise<Pid> {
  const waiting = Promise.withResolvers<void>();
  using _subscription = kernel.events.subscribe((event) => {
    if (event.type === 'process-changed' && event.to === 'waiting') waiting.resolve();
  });
  const { pid } = await session.call('process.spawn', { agent: 'spender', durable: true });
  await waiting.promise;
  return pid;
}

/** What changes by itself: the log and the audit, which tell what was refused, what was used, and the index, which follows folders. */
const leftOut = ['process_logs', 'audit_entries', 'quota_usage', 'learned_work', 'documents', 'passages'];

/** All else that the database holds. */
async function contentOf(rows: Rows): Promise<Record<string, unknown[]>> {
  const tables = (await rows.tables()).filter((name) => !leftOut.includes(name));
  const contents = new Map<string, unknown[]>();
  for (const name of tables) {
    const content = await rows.query(`select * from ${name}`);
    contents.set(name, content.map((row) => JSON.stringify(row)).sort());
  }
  return Object.fromEntries(contents);
}

describe.each(await databaseKinds())('$name', ({ place }) => {
  let installation: Installation;
  let rows: Rows;
  beforeAll(async () => {
    const { databaseUrl } = await place();
    installation = await bootInstallation({
      config:
        'llms:\n  models:\n    - { name: offline, backend: offline }\naccess: { irreversible: allow }\n',
      ...(databaseUrl !== undefined && { databaseUrl }),
    });
    rows = await openRows(installation.home, databaseUrl);
  });
  afterAll(async () => {
    await rows[Symbol.asyncDispose]();
    await installation[Symbol.asyncDispose]();
  });

  const takeOver = (pid: Pid) => rows.query(`update processes set fence = fence + 1 where pid = ${pid}`);

  test('every call of a process that was taken over is refused and changes nothing', async () => {
    const calls = await mutatingCalls({ home: installation.home, operator: installation.session });
    const pid = await startWaiting(installation);
    const late = installation.kernel.open(installation.token, { pid });
    await takeOver(pid);
    const before = await contentOf(rows);
    for (const { name, input } of calls) {
      const outcome = await late.request(name, input).then(
        () => 'done',
        (error: unknown) => (AiosError.isInstance(error) ? error.code : error),
      );
      expect([name, outcome]).toEqual([name, 'stale_fence']);
    }
    expect(await contentOf(rows)).toEqual(before);
  });

  test('a tool that changes something is refused too', async () => {
    const pid = await startWaiting(installation);
    const late = installation.kernel.open(installation.token, { pid });
    await takeOver(pid);
    const added = late.call('tool.call', { name: 'memory.add', arguments: { content: 'late' } });
    await expect(added).rejects.toMatchObject({ code: 'stale_fence' });
  });
});
