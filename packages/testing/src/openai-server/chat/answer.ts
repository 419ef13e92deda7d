import { type ScriptedRequest, type ScriptedTurn, textPieces } from '../../scripted-model/index.ts';
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
import { lastOfAssistant, toScriptedRequest } from './request.ts';

/** `POST /v1/chat/completions` */
export async function answerChatCompletions(exchange: Exchange, flavour: ChatFlavour): Promise<void> {
  const { body } = exchange.request;
  const includeUsage = objectOf(body.stream_options).include_usage === true;
  const format: ReplyFormat = {
    whole: (turn, request) => completion(echoed(turn, request, flavour), request, flavour),
    streamed: (turn, request) => ({
      opening: [chunk({ role: 'assistant', content: '' }, request)],
      pieces: deltas(echoed(turn, request, flavour), flavour).map((delta) => [chunk(delta, request)]),
      closing: lastChunks(turn, request, flavour, includeUsage),
    }),
    frame: dataFrame,
    errorEvent: (error) => exchange.vendor.errorBody(error),
    streamType: eventStream,
    end: 'data: [DONE]\n\n',
  };
  const last = lastOfAssistant(body);
  const refused = last && flavour.refusesLast?.(body, last, exchange.request.path);
  await answerChat(
    exchange,
    toScriptedRequest(body, flavour),
    format,
    refused === undefined ? refusal(body) : { status: 400, message: refused },
  );
}

function echoed(turn: ScriptedTurn, { begun }: ScriptedRequest, { echoes }: ChatFlavour): ScriptedTurn {
  if (!echoes || begun === undefined) return turn;
  return { ...turn, text: [begun, ...textPieces(turn.text)] };
}
