import { databaseDrivers } from '@aios/testing/databases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../database/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { LearnedWorkStore } from './learned-work-store.ts';
import { claim, core } from './scheduler.fixture.ts';
import { Scheduler } from './scheduler.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

const settings = {
  maxQueued: 100,
  maxWaitMs: 100_000,
  classWeights: { interactive: 16, pipeline: 4, batch: 1 },
  tenantWeights: {},
  starvationFactor: 32,
  priorityAgeingMs: 10_000,
  sliceOutputTokens: undefined,
  sliceMs: undefined,
};

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  beforeAll(async () => {
    created = await driver.create();
  });
  afterAll(async () => {
    await created[Symbol.asyncDispose]();
  });

  test('what was learned about an agent decides after a restart, too', async () => {
    {
      await using store = await LearnedWorkStore.open(created.database, logger);
      const scheduler = new Scheduler({
        settings: () => settings,
        learned: store.known,
        onLearned: store.keep,
      });
      scheduler.configure([core(1, 'fair')]);
      for (let run = 0; run < 5; run += 1) {
        for (const [agent, inputTokens] of [
          ['short', 100],
          ['long', 100_000],
        ] as const) {
          const program = `${agent} ${run}`;
          (await scheduler.acquire('core', claim({ program, agent }))).release({
            inputTokens,
            outputTokens: 0,
          });
          scheduler.endProgram(program);
        }
      }
    }
    await using store = await LearnedWorkStore.open(created.database, logger);
    expect(store.known.map(({ agent, resource, sizes }) => ({ agent, resource, sizes }))).toEqual(
      expect.arrayContaining([
        { agent: 'short', resource: 'core', sizes: [100, 100, 100, 100, 100] },
        { agent: 'long', resource: 'core', sizes: [100_000, 100_000, 100_000, 100_000, 100_000] },
      ]),
    );
    const scheduler = new Scheduler({
      settings: () => settings,
      learned: store.known,
      onLearned: store.keep,
    });
    scheduler.configure([core(1, 'fair')]);
    const ending = new AbortController();
    await scheduler.acquire('core', claim());
    for (const agent of ['long', 'short']) {
      const wanted = claim({ call: agent, program: agent, agent });
      Promise.resolve(scheduler.acquire('core', wanted, ending.signal)).catch(() => undefined);
    }
    expect(scheduler.explain('core', 9)[0]?.waiters.map(({ claim: { call } }) => call)).toEqual([
      'short',
      'long',
    ]);
    ending.abort();
  });
});
