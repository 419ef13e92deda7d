import { AiosError } from '@aios/protocol';
import { z } from 'zod';
import { defineTool, type Tool } from '../tool.ts';

/** Tells the time by the given clock, in milliseconds since 1970. */
export function timeNow(clock: () => number): Tool {
  return defineTool({
    name: 'time.now',
    description:
      'Tell the date and time now: in UTC, as milliseconds since 1970, and on the clocks of a time zone with the day of the week.',
    input: z.object({
      timeZone: z.string().max(100).default('UTC').describe('IANA name such as Europe/Berlin'),
    }),
    effect: 'read',
    idempotent: true,
    run: ({ timeZone }) => {
      const now = new Date(clock());
      const format = formatFor(timeZone);
      const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
      const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
      const offset = part('timeZoneName').replace('GMT', '');
      return {
        utc: now.toISOString(),
        epochMs: now.getTime(),
        timeZone: format.resolvedOptions().timeZone,
        local: `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}${offset}`,
        weekday: part('weekday'),
      };
    },
  });
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      weekday: 'long',
      timeZoneName: 'longOffset',
      hourCycle: 'h23',
    });
  } catch (error) {
    throw new AiosError(
      'invalid_argument',
      `timeZone: ${JSON.stringify(timeZone)} is no time zone. Use an IANA name such as Europe/Berlin, or UTC.`,
      { cause: error },
    );
  }
}
