import {
  answerChat,
  dataFrame,
  type Exchange,
  eventStream,
  objectOf,
  type ReplyFormat,
} from '../../wire-server/index.ts';
import { chunk, completion, deltas, lastChunks } from './completion.ts';
import type { ChatFlavour } from './flavours.ts';
import { refusal } from './refusal.ts';
import { toScriptedRequest } from './request.ts';

/** `POST /v1/chat/completions` */
export async function answerChatCompletions(exchange: Exchange, flavour: ChatFlavour): Promise<void> {
  const { body } = exchange.request;
  const includeUsage = objectOf(body.stream_options).include_usage === true;
  const format: ReplyFormat = {
    whole: (turn, request) => completion(turn, request, flavour),
    streamed: (turn, request) => ({
      opening: [chunk({ role: 'assistant', content: '' }, request)],
      pieces: deltas(turn, flavour).map((delta) => [chunk(delta, request)]),
      closing: lastChunks(turn, request, flavour, includeUsage),
    }),
    frame: dataFrame,
    errorEvent: (error) => exchange.vendor.errorBody(error),
    streamType: eventStream,
    end: 'data: [DONE]\n\n',
  };
  await answerChat(exchange, toScriptedRequest(body), format, refusal(body));
}
