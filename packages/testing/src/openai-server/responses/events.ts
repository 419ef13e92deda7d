import type { JsonObject } from '@aios/protocol';
import type { StreamedReply } from '../../wire-server/index.ts';
import type { OutputItem } from './items.ts';

/** The typed events of a stream: the response as it begins and ends, and each item from its first piece to its last. */
export function responseEvents(
  begun: JsonObject,
  items: readonly OutputItem[],
  ended: JsonObject,
): StreamedReply {
  const events: StreamedReply = {
    opening: [
      { type: 'response.created', response: begun },
      { type: 'response.in_progress', response: begun },
    ],
    pieces: items.flatMap(itemEvents),
    closing: [{ type: `response.${String(ended.status)}`, response: ended }],
  };
  return numbered(events);
}

/** An item without deltas still comes, as one piece. */
function itemEvents({ whole, start, opening, deltas, closing }: OutputItem, index: number): JsonObject[][] {
  const place = { item_id: whole.id ?? null, output_index: index };
  const first = [
    { type: 'response.output_item.added', output_index: index, item: start },
    ...opening.map((event) => ({ ...event, ...place })),
  ];
  const last = [
    ...closing.map((event) => ({ ...event, ...place })),
    { type: 'response.output_item.done', output_index: index, item: whole },
  ];
  if (deltas.length === 0) return [[...first, ...last]];
  return deltas.map((delta, piece) => [
    ...(piece === 0 ? first : []),
    { ...delta, ...place },
    ...(piece === deltas.length - 1 ? last : []),
  ]);
}

function numbered({ opening, pieces, closing }: StreamedReply): StreamedReply {
  let next = 0;
  const number = (events: readonly JsonObject[]) =>
    events.map((event) => {
      const numbered = { ...event, sequence_number: next };
      next += 1;
      return numbered;
    });
  return { opening: number(opening), pieces: pieces.map(number), closing: number(closing) };
}
