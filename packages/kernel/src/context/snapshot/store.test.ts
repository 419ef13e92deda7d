import { type ChatRequest, type Pid, pid as pidSchema } from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../database/index.ts';
import { openDatabase } from '../../database/index.ts';
import { createLogger, EventBus } from '../../telemetry/index.ts';
import { processRow } from '../process-row.fixture.ts';
import type { Progress } from './snapshot.ts';
import { SnapshotStore } from './store.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));
const request: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }], temperature: 0, seed: 7 };

const progressOf = (text: string): Progress => ({
  origin: { core: 'engine', provider: 'vllm', model: 'llama' },
  method: 'continue_final_message',
  text,
  cut: text.length,
  keptTokens: 2,
  reasoning: '',
  toolCalls: [{ id: 'call_1', name: 'weather', argumentsText: '{"ci' }],
  usage: { inputTokens: 5, outputTokens: 2, source: 'estimate' },
  costUsd: 0.5,
  slices: 1,
  starts: [0],
  resumedInputTokens: 0,
  repeatedOutputTokens: 0,
});
const snapshotOf = (text: string) => () => ({ version: 1 as const, request, progress: progressOf(text) });

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  let database: Database;
  let events: EventBus;
  beforeAll(async () => {
    created = await driver.create();
    ({ database } = created);
    events = new EventBus();
  });
  afterAll(async () => {
    await created[Symbol.asyncDispose]();
  });

  const open = () => SnapshotStore.open({ database, logger, events });
  const keyOf = (pid: Pid, fence = 1, nested = '') => ({
    process: { pid, agent: 'a', durable: true, fence },
    place: { sequence: 1, nested },
  });
  const rows = (pid: Pid) =>
    database.reader.selectFrom('generations').selectAll().where('pid', '=', pid).execute();

  async function createProcess(): Promise<Pid> {
    const { pid } = await database.write((transaction) =>
      transaction
        .insertInto('processes')
        .values(processRow({ tenant: 't', user: 'u', agent: 'a', parent: null, now: 1, durable: true }))
        .returning('pid')
        .executeTakeFirstOrThrow(),
    );
    return pidSchema.parse(pid);
  }

  async function keep(pid: Pid, text: string, fence = 1): Promise<void> {
    await using store = await open();
    store.keeperOf(keyOf(pid, fence)).changed(snapshotOf(text), false);
  }

  test('what is kept when the kernel closes is found whole by the next one', async () => {
    const pid = await createProcess();
    await keep(pid, 'One two');
    await using store = await open();
    expect(await store.find(keyOf(pid, 2), request)).toEqual(progressOf('One two'));
  });

  test('a later snapshot takes the place of an earlier one', async () => {
    const pid = await createProcess();
    await keep(pid, 'One two');
    await keep(pid, 'One two three');
    await using store = await open();
    expect(await store.find(keyOf(pid), request)).toEqual(progressOf('One two three'));
    expect(await rows(pid)).toHaveLength(1);
  });

  test('a call that asks something else now does not get it, nor does one of another version of the kernel', async () => {
    const pid = await createProcess();
    await keep(pid, 'One two');
    await using store = await open();
    expect(await store.find(keyOf(pid), { ...request, seed: 8 })).toBeUndefined();
    await database.write((transaction) =>
      transaction.updateTable('generations').set({ version: 2 }).where('pid', '=', pid).execute(),
    );
    expect(await store.find(keyOf(pid), request)).toBeUndefined();
  });

  test('a process that was taken over writes nothing more', async () => {
    const pid = await createProcess();
    await database.write((transaction) =>
      transaction.updateTable('processes').set({ fence: 2 }).where('pid', '=', pid).execute(),
    );
    await keep(pid, 'late', 1);
    expect(await rows(pid)).toEqual([]);
    await keep(pid, 'in time', 2);
    expect(await rows(pid)).toHaveLength(1);
  });

  test('the snapshot goes in the transaction that settles its call, and is not written after it', async () => {
    const pid = await createProcess();
    await using store = await open();
    const keeper = store.keeperOf(keyOf(pid));
    keeper.changed(snapshotOf('One'), true);
    await expect.poll(() => rows(pid)).toHaveLength(1);
    keeper.changed(snapshotOf('One two'), false);
    const broken = database.write(async (transaction) => {
      await store.drop(transaction, keyOf(pid));
      throw new Error('no answer was written');
    });
    await expect(broken).rejects.toThrow('no answer');
    expect(await rows(pid)).toHaveLength(1);
    await database.write((transaction) => store.drop(transaction, keyOf(pid)));
    expect(await rows(pid)).toEqual([]);
    await store[Symbol.asyncDispose]();
    expect(await rows(pid)).toEqual([]);
  });

  test('nothing is left of a process that ended, seen or unseen', async () => {
    const [seen, unseen] = [await createProcess(), await createProcess()];
    await keep(unseen, 'One');
    {
      await using store = await open();
      store.keeperOf(keyOf(seen)).changed(snapshotOf('One'), true);
      await expect.poll(() => rows(seen)).toHaveLength(1);
      events.publish({
        type: 'process-changed',
        pid: seen,
        agent: 'a',
        from: 'running',
        to: 'killed',
        cause: 'test',
      });
      await expect.poll(() => rows(seen)).toEqual([]);
    }
    await database.write((transaction) =>
      transaction.updateTable('processes').set({ ended_at: 2 }).where('pid', '=', unseen).execute(),
    );
    await using _store = await open();
    expect(await rows(unseen)).toEqual([]);
  });

  test('a call that was answered leaves nothing, whatever moment the kernel died in', async () => {
    const pid = await createProcess();
    await keep(pid, 'One');
    await database.write((transaction) =>
      transaction
        .insertInto('journal_records')
        .values({
          pid,
          position: 1,
          kind: 'answer',
          sequence: 1,
          nested: '',
          name: 'llm.chat',
          target: null,
          input_hash: 'x',
          fields: '{}',
          result: '{}',
          used_tokens: 0,
          used_nano_usd: 0,
          at: 1,
          hash: '',
        })
        .execute(),
    );
    await using _store = await open();
    expect(await rows(pid)).toEqual([]);
  });
});
