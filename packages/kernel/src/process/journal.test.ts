import { AiosError, agentManifest, type Pid, permission, tenantId, userId } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPolicy } from '../access/index.ts';
import { openDatabase } from '../database/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { ProcessJournal } from './journal.ts';
import { ProcessStore } from './process-store.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));
const input = { name: 'calculator', arguments: { expression: '1+1' } };

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  let store: ProcessStore;
  beforeAll(async () => {
    created = await driver.create();
    store = new ProcessStore(created.database);
  });
  afterAll(async () => {
    await created[Symbol.asyncDispose]();
  });

  const createProcess = (): Promise<Pid> =>
    store.create({
      root: undefined,
      group: undefined,
      parentPid: undefined,
      urgency: { class: 'pipeline', priority: 0 },
      agent: { manifest: agentManifest.parse({ name: 'a' }), entry: 'file:///a.ts', trusted: true },
      runtime: 'inline',
      durable: true,
      fence: 1,
      input: null,
      budget: {},
      principal: {
        tenant: tenantId.parse('t'),
        user: userId.parse('u'),
        policy: createPolicy([[permission.parse('*')]]),
      },
      createdAt: 1,
    });

  const keyOf = (pid: Pid, fence: number, sequence = 1) => ({
    process: { pid, agent: 'a', durable: true, fence },
    sequence,
  });

  test('what was written is recalled after a restart, once', async () => {
    const pid = await createProcess();
    const before = new ProcessJournal(created.database);
    await before.writeDispatched(keyOf(pid, 1), 'tool.call', input);
    await before.writeSettled(
      keyOf(pid, 1),
      'tool.call',
      input,
      { output: { result: 2 } },
      { tokens: 7, usd: 0.5 },
    );
    const refused = { error: new AiosError('not_found', 'no such tool') };
    await before.writeSettled(keyOf(pid, 1, 2), 'tool.call', input, refused, { tokens: 0, usd: 0.5 });
    await before.writeDispatched(keyOf(pid, 1, 3), 'tool.call', input);

    const after = new ProcessJournal(created.database);
    await after.load(pid);
    const recall = (sequence: number) => after.recall(keyOf(pid, 2, sequence), 'tool.call', input);
    expect(recall(1)).toEqual({ kind: 'answered', output: { result: 2 }, used: { tokens: 7, usd: 0.5 } });
    expect(recall(1)).toEqual({ kind: 'new' });
    expect(recall(2)).toMatchObject({ kind: 'failed', error: { code: 'not_found' } });
    expect(recall(3)).toEqual({ kind: 'dispatched' });
    expect(recall(4)).toEqual({ kind: 'new' });
  });

  test('a kernel that was taken over can write nothing more, and what the new one wrote stays', async () => {
    const pid = await createProcess();
    const journal = new ProcessJournal(created.database);
    await journal.writeDispatched(keyOf(pid, 1), 'tool.call', input);
    await store.takeOver(pid);
    const late = [
      journal.writeDispatched(keyOf(pid, 1, 2), 'tool.call', input),
      journal.writeSettled(
        keyOf(pid, 1),
        'tool.call',
        input,
        { output: { result: 'late' } },
        { tokens: 0, usd: 0.5 },
      ),
    ];
    await Promise.all(late.map((write) => expect(write).rejects.toMatchObject({ code: 'stale_fence' })));
    await journal.writeSettled(
      keyOf(pid, 2),
      'tool.call',
      input,
      { output: { result: 'new' } },
      { tokens: 0, usd: 0.5 },
    );

    const after = new ProcessJournal(created.database);
    await after.load(pid);
    expect(after.recall(keyOf(pid, 2), 'tool.call', input)).toMatchObject({ output: { result: 'new' } });
    expect(after.recall(keyOf(pid, 2, 2), 'tool.call', input)).toEqual({ kind: 'new' });
  });

  test('another input than before is refused, naming both calls', async () => {
    const pid = await createProcess();
    const before = new ProcessJournal(created.database);
    await before.writeSettled(
      keyOf(pid, 1),
      'tool.call',
      input,
      { output: { result: 2 } },
      { tokens: 0, usd: 0.5 },
    );
    const after = new ProcessJournal(created.database);
    await after.load(pid);
    expect(() => after.recall(keyOf(pid, 2), 'memory.add', { content: 'x' })).toThrow(
      /call 1 is memory\.add, but before the crash it was tool\.call/,
    );
  });
});
