// A process that was taken over wakes up late and tries each call that changes something.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AiosError } from '@aios/protocol';
import { bootInstallation, type Installation } from '@aios/testing/installation';
import { mutatingCalls } from '@aios/testing/mutating-calls';
import { afterAll, beforeAll, expect, test } from 'vitest';

let installation: Installation;
beforeAll(async () => {
  const models = 'llms:\n  models:\n    - { name: offline, backend: offline }\n';
  installation = await bootInstallation({ config: `${models}access: { irreversible: allow }\n` });
});
afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

/** Starts a process that may do anything and waits for its child. */
async function startWaiting({ kernel, session }: Installation): Promise<number> {
  const waiting = Promise.withResolvers<void>();
  using _subscription = kernel.events.subscribe((event) => {
    if (event.type === 'process-changed' && event.to === 'waiting') waiting.resolve();
  });
  const { pid } = await session.call('process.spawn', { agent: 'spender', durable: true });
  await waiting.promise;
  return pid;
}

/** What changes by itself: the log, which tells what was refused, what was used, and the index, which follows folders. */
const leftOut = ['process_logs', 'quota_usage', 'learned_work', 'sqlite_sequence', 'documents', 'passages'];

/** All else that the database holds. */
function contentOf(database: DatabaseSync): Record<string, unknown[]> {
  const tables = database
    .prepare(`select name from sqlite_master where type = 'table' and name not like '%\\_index%' escape '\\'`)
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !leftOut.includes(name));
  return Object.fromEntries(tables.map((name) => [name, database.prepare(`select * from ${name}`).all()]));
}

test('every call of a process that was taken over is refused and changes nothing', async () => {
  const calls = await mutatingCalls({ home: installation.home, operator: installation.session });
  const pid = await startWaiting(installation);
  const { kernel, token, home } = installation;
  const late = kernel.open(token, { pid: pid as never });
  using database = new DatabaseSync(join(home, 'aios.db'));
  database.prepare('update processes set fence = fence + 1 where pid = ?').run(pid);
  const before = contentOf(database);
  for (const { name, input } of calls) {
    const outcome = await late.request(name, input).then(
      () => 'done',
      (error: unknown) => (AiosError.isInstance(error) ? error.code : error),
    );
    expect([name, outcome]).toEqual([name, 'stale_fence']);
  }
  expect(contentOf(database)).toEqual(before);
});

test('a tool that changes something is refused too', async () => {
  const pid = await startWaiting(installation);
  const { kernel, token, home } = installation;
  const late = kernel.open(token, { pid: pid as never });
  using database = new DatabaseSync(join(home, 'aios.db'));
  database.prepare('update processes set fence = fence + 1 where pid = ?').run(pid);
  const added = late.call('tool.call', { name: 'memory.add', arguments: { content: 'late' } });
  await expect(added).rejects.toMatchObject({ code: 'stale_fence' });
});
