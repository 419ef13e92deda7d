import type { JsonObject } from '@aios/protocol';
import { EventStreamCodec } from '@smithy/eventstream-codec';

/** Amazon’s binary frames, each with its lengths, headers and checksums. */
export const amazonEventStream = 'application/vnd.amazon.eventstream';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(typeof bytes === 'string' ? bytes : Uint8Array.from(bytes)).toString(),
  (text) => Buffer.from(text),
);

/** An event is one member, `{ messageStart: {…} }`: its name travels in the headers, its value is the payload. */
export function amazonFrame(json: string, event: JsonObject): Uint8Array {
  const [type = '', value = {}] = Object.entries(event)[0] ?? [];
  const isWhole = json === JSON.stringify(event);
  const isException = type.endsWith('Exception');
  const headers = {
    [isException ? ':exception-type' : ':event-type']: type,
    ':content-type': 'application/json',
    ':message-type': isException ? 'exception' : 'event',
  };
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, { type: 'string' as const, value: text }]),
    ),
    body: Buffer.from(isWhole ? JSON.stringify(value) : json),
  });
}
