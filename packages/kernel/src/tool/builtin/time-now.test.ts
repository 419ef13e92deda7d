import { pino } from 'pino';
import { expect, test } from 'vitest';
import { configSchema } from '../../config/index.ts';
import { createSandbox } from '../../sandbox/index.ts';
import { callTool, errorOf } from '../tool.fixture.ts';
import { createTools } from '../tools.ts';

const logger = pino({ level: 'silent' });
const tools = createTools({
  sandbox: createSandbox({ logger }),
  config: () => configSchema.parse({}),
  logger,
  clock: () => Date.UTC(2026, 6, 31, 22, 5, 9, 42),
});

test('tells the time of the kernel’s clock in UTC and on the clocks of a place', async () => {
  expect(await callTool(tools, 'time.now')).toEqual({
    utc: '2026-07-31T22:05:09.042Z',
    epochMs: Date.UTC(2026, 6, 31, 22, 5, 9, 42),
    timeZone: 'UTC',
    local: '2026-07-31T22:05:09+00:00',
    weekday: 'Friday',
  });
  expect(await callTool(tools, 'time.now', { timeZone: 'Europe/Berlin' })).toMatchObject({
    local: '2026-08-01T00:05:09+02:00',
    weekday: 'Saturday',
  });
  expect(await callTool(tools, 'time.now', { timeZone: 'asia/kolkata' })).toMatchObject({
    local: '2026-08-01T03:35:09+05:30',
  });
});

test('a time zone that does not exist is refused with advice', async () => {
  expect(await errorOf(callTool(tools, 'time.now', { timeZone: 'Mars/Olympus' }))).toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('timeZone: "Mars/Olympus" is no time zone. Use an IANA name'),
  });
});
