import type { JsonObject } from '@aios/protocol';
import { textOf } from './json.ts';

export const eventStream = 'text/event-stream; charset=utf-8';

/** A server-sent event that is data only. */
export function dataFrame(json: string): string {
  return `data: ${json}\n\n`;
}

/** A server-sent event whose name repeats the type in the data. */
export function namedFrame(json: string, event: JsonObject): string {
  return `event: ${textOf(event.type)}\ndata: ${json}\n\n`;
}

/** A line of NDJSON. */
export function lineFrame(json: string): string {
  return `${json}\n`;
}
