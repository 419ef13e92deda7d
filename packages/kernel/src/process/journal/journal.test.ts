import {
  AiosError,
  agentManifest,
  type Pid,
  permission,
  type SyscallName,
  tenantId,
  userId,
} from '@aios/protocol';
import { databaseDrivers } from '@aios/testing/databases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPolicy } from '../../access/index.ts';
import { type Database, openDatabase } from '../../database/index.ts';
import type { CallRecord } from '../../syscall/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { EffectLedger } from '../effects/index.ts';
import { ProcessStore } from '../process-store.ts';
import { takeOver } from '../take-over.ts';
import { ProcessJournal } from './journal.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));
const input = { name: 'calculator', arguments: { expression: '1+1' } };
const terms = { idempotent: false, probe: undefined, signal: new AbortController().signal, input: undefined };
const free = { tokens: 0, usd: 0 };

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  let store: ProcessStore;
  beforeAll(async () => {
    created = await driver.create();
    store = new ProcessStore(created.database, async () => () => undefined);
  });
  afterAll(async () => {
    await created[Symbol.asyncDispose]();
  });

  const createProcess = (): Promise<Pid> =>
    created.database.write((transaction) =>
      store.create(transaction, {
        root: undefined,
        group: undefined,
        recounts: true,
        parentPid: undefined,
        urgency: { class: 'pipeline', priority: 0 },
        agent: {
          manifest: agentManifest.parse({ name: 'a' }),
          entry: 'file:///a.ts',
          trusted: true,
          sandboxed: false,
        },
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
      }),
    );

  /** A call of the process, under a fence. */
  function callOf(
    pid: Pid,
    fence: number,
    sequence = 1,
    nested = '',
    name: SyscallName = 'tool.call',
    given: object = input,
  ) {
    const process = { pid, agent: 'a', durable: true, fence };
    return { process, tenant: tenantId.parse('t'), place: { sequence, nested }, name, input: given };
  }

  async function begin(record: CallRecord): Promise<void> {
    await record.plan(terms);
    await record.dispatch();
  }

  function open(database: Database = created.database): ProcessJournal {
    return new ProcessJournal({
      database,
      effects: new EffectLedger({ database, logger, hold: () => undefined, notify: () => undefined }),
    });
  }

  async function loaded(pid: Pid): Promise<ProcessJournal> {
    const journal = open();
    await journal.load(pid, 0);
    return journal;
  }

  const positions = async (pid: Pid) =>
    await created.database.reader
      .selectFrom('journal_records')
      .select(['position', 'kind'])
      .where('pid', '=', pid)
      .orderBy('position')
      .execute();

  test('what was written is recalled after a restart, once', async () => {
    const pid = await createProcess();
    const before = open();
    await begin(before.open(callOf(pid, 1)));
    await before.open(callOf(pid, 1)).settle({ output: { result: 2 } }, { tokens: 7, usd: 0.5 });
    await before.open(callOf(pid, 1, 2)).settle({ error: new AiosError('not_found', 'no such tool') }, free);
    await begin(before.open(callOf(pid, 1, 3)));

    const after = await loaded(pid);
    const recall = (sequence: number) => after.open(callOf(pid, 2, sequence)).recall();
    expect(recall(1)).toEqual({ kind: 'answered', output: { result: 2 }, used: { tokens: 7, usd: 0.5 } });
    expect(recall(1)).toEqual({ kind: 'new' });
    expect(recall(2)).toMatchObject({ kind: 'failed', error: { code: 'not_found' } });
    expect(recall(3)).toEqual({ kind: 'dispatched' });
    expect(recall(4)).toEqual({ kind: 'new' });
  });

  test('a change and its answer are one: both are there, or neither', async () => {
    const pid = await createProcess();
    const journal = open();
    const write = (at: number) =>
      journal.open(callOf(pid, 1, at)).commit(async (transaction) => {
        const line = { pid, at, kind: 'log', text: `line ${at}` };
        await transaction.insertInto('process_logs').values(line).execute();
        if (at === 2) throw new Error('second thoughts');
        return { at };
      });
    await expect(write(1)).resolves.toEqual({ at: 1 });
    await expect(write(2)).rejects.toThrow('second thoughts');
    const lines = await created.database.reader
      .selectFrom('process_logs')
      .select('at')
      .where('pid', '=', pid)
      .execute();
    expect(lines).toEqual([{ at: 1 }]);
    const after = await loaded(pid);
    expect(after.open(callOf(pid, 2, 1)).recall()).toMatchObject({ kind: 'answered', output: { at: 1 } });
    expect(after.open(callOf(pid, 2, 2)).recall()).toEqual({ kind: 'new' });
  });

  test('an answer that was committed is not written twice, and a change after the answer is refused', async () => {
    const pid = await createProcess();
    const journal = open();
    const record = journal.open(callOf(pid, 1));
    await record.commit(async () => 'done');
    await record.settle({ output: 'done' }, free);
    expect(await positions(pid)).toEqual([{ position: 1, kind: 'answer' }]);
    await expect(record.commit(async () => 'late')).rejects.toMatchObject({ code: 'cancelled' });
  });

  test.each([
    ['plan alone', [0]],
    ['dispatch alone', [1]],
    ['plan, then its dispatch', [0, 1]],
    ['dispatch, then its plan', [1, 0]],
  ])(
    'an effect has one key although the kernel was killed when of its commits there was the %s',
    async (_what, committed) => {
      const pid = await createProcess();
      const jobs: Parameters<Database['write']>[0][] = [];
      const write: Database['write'] = (job) => {
        jobs.push(job);
        return new Promise(() => undefined);
      };
      const killed = open({ ...created.database, write }).open(callOf(pid, 1));
      await killed.plan(terms);
      void killed.dispatch();
      for (const index of committed) await created.database.write(jobs[index] ?? expect.fail());

      const { store: effects } = new EffectLedger({
        ...created,
        logger,
        hold: () => undefined,
        notify: () => undefined,
      });
      await created.database.write((transaction) => effects.markUnknown(transaction));
      const record = (await loaded(pid)).open(callOf(pid, 1));
      expect(record.recall()).toEqual({ kind: 'dispatched' });
      expect(await record.plan({ ...terms, idempotent: true })).toBeUndefined();
      expect(record.idempotencyKey).toBe(killed.idempotencyKey);
      await record.dispatch();
      expect(await positions(pid)).toEqual([{ position: 1, kind: 'intent' }]);
    },
  );

  test('calls inside a call are recalled until the call itself is answered', async () => {
    const pid = await createProcess();
    const journal = open();
    await journal.open(callOf(pid, 1, 1, '1')).settle({ output: 'inner' }, free);
    const half = await loaded(pid);
    expect(half.open(callOf(pid, 2, 1)).recall()).toEqual({ kind: 'new' });
    expect(half.open(callOf(pid, 2, 1, '1')).recall()).toMatchObject({ output: 'inner' });
    await half.open(callOf(pid, 1, 1)).settle({ output: 'outer' }, free);

    const whole = await loaded(pid);
    expect(whole.open(callOf(pid, 3, 1)).recall()).toMatchObject({ output: 'outer' });
    expect(() => whole.checkEnd(pid)).not.toThrow();
  });

  test('a kernel that was taken over can write nothing more, and what the new one wrote stays', async () => {
    const pid = await createProcess();
    const journal = open();
    await begin(journal.open(callOf(pid, 1)));
    await takeOver(created.database, pid);
    const late = [
      begin(journal.open(callOf(pid, 1, 2))),
      journal.open(callOf(pid, 1)).settle({ output: { result: 'late' } }, free),
      journal.open(callOf(pid, 1, 3)).commit(async () => 'late'),
      journal.commit(callOf(pid, 1).process, async () => 'late'),
      journal.ensureCurrent(callOf(pid, 1).process),
    ];
    await Promise.all(late.map((write) => expect(write).rejects.toMatchObject({ code: 'stale_fence' })));
    await journal.open(callOf(pid, 2)).settle({ output: { result: 'new' } }, free);

    const after = await loaded(pid);
    expect(after.open(callOf(pid, 2)).recall()).toMatchObject({ output: { result: 'new' } });
    expect(after.open(callOf(pid, 2, 2)).recall()).toEqual({ kind: 'new' });
  });

  test('another call, another target or another value is refused, naming both', async () => {
    const pid = await createProcess();
    const before = open();
    for (const sequence of [1, 2, 3]) {
      await before.open(callOf(pid, 1, sequence)).settle({ output: { result: 2 } }, free);
    }
    const after = await loaded(pid);
    const recall = (sequence: number, name: SyscallName, given: object) => () =>
      after.open(callOf(pid, 2, sequence, '', name, given)).recall();
    expect(recall(1, 'memory.add', { content: 'x' })).toThrow(
      'its call 1 is memory.add, but before it was tool.call "calculator".',
    );
    expect(recall(2, 'tool.call', { ...input, name: 'time.now' })).toThrow(
      'its call 2 is tool.call "time.now", but before it was tool.call "calculator".',
    );
    const secret = { ...input, arguments: { expression: 'secret' } };
    expect(recall(3, 'tool.call', secret)).toThrow(
      'its call 3 is tool.call "calculator" with another value of arguments than before.',
    );
  });

  test('an agent that ends without a call that it made before is noticed', async () => {
    const pid = await createProcess();
    const before = open();
    await before.open(callOf(pid, 1, 1)).settle({ output: 1 }, free);
    await before.open(callOf(pid, 1, 2)).settle({ output: 2 }, free);
    const after = await loaded(pid);
    after.open(callOf(pid, 2, 1)).recall();
    expect(() => after.checkEnd(pid)).toThrow('ended without its call 2, which was tool.call "calculator"');
    after.open(callOf(pid, 2, 2)).recall();
    expect(() => after.checkEnd(pid)).not.toThrow();
  });

  test('calls of one process that settle at once make one chain', async () => {
    const pid = await createProcess();
    const journal = open();
    const sequences = Array.from({ length: 40 }, (_, index) => index + 1);
    await Promise.all(sequences.map((at) => journal.open(callOf(pid, 1, at)).settle({ output: at }, free)));
    expect((await positions(pid)).map(({ position }) => position)).toEqual(sequences);
    const after = await loaded(pid);
    for (const at of sequences) {
      expect(after.open(callOf(pid, 2, at)).recall()).toMatchObject({ output: at });
    }
  });

  test.each([
    [
      'changed',
      { result: '{"output":{"result":3}}' },
      /record 2 \(answer of call 2, tool\.call "calculator"\)/,
    ],
    ['moved', { position: 9 }, /record 2 is missing/],
  ])('a record that was %s is named', async (_what, change, message) => {
    const pid = await createProcess();
    const journal = open();
    for (const at of [1, 2, 3]) await journal.open(callOf(pid, 1, at)).settle({ output: at }, free);
    await created.database.write((transaction) =>
      transaction
        .updateTable('journal_records')
        .set(change)
        .where('pid', '=', pid)
        .where('position', '=', 2)
        .execute(),
    );
    await expect(loaded(pid)).rejects.toMatchObject({
      code: 'failed_precondition',
      disposition: 'operator',
      message: expect.stringMatching(message),
    });
  });
});
