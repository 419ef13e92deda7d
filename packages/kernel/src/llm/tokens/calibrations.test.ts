import { databaseDrivers } from '@aios/testing/databases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../database/index.ts';
import { createLogger } from '../../telemetry/index.ts';
import { Calibrations } from './calibrations.ts';

const logger = createLogger('silent');
const drivers = await databaseDrivers((place) => openDatabase({ ...place, logger }));

describe.each(drivers)('$name', (driver) => {
  let created: Awaited<ReturnType<typeof driver.create>>;
  beforeAll(async () => {
    created = await driver.create();
  });
  afterAll(() => created[Symbol.asyncDispose]());

  test('what was learned of a model is known to the next run of the kernel', async () => {
    const calibrations = await Calibrations.open(created.database, logger);
    const claude = calibrations.of('anthropic', 'claude');
    expect(calibrations.of('anthropic', 'claude')).toBe(claude);
    claude.observe(1000, 1300);
    claude.observe(1000, 1310);
    claude.observe(100_000, 145_000);
    expect(claude.ratio).toBe(1.45);
    await calibrations[Symbol.asyncDispose]();

    await using again = await Calibrations.open(await created.reopen(), logger);
    expect(again.of('anthropic', 'claude')).toMatchObject({ ratio: 1.45, isCalibrated: true });
    expect(again.of('bedrock', 'claude').isCalibrated).toBe(false);
  });
});
