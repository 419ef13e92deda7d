// What all wire-format servers share: HTTP, recorded requests, streams with their faults. A vendor says the rest.

export { answerChat, findModel, knowsModel, servedModels } from './answer.ts';
export { embed } from './embed.ts';
export { dataFrame, eventStream, lineFrame, namedFrame } from './frames.ts';
export { listOf, objectOf, textOf, textsOf } from './json.ts';
export type { RecordedRequest } from './recorder.ts';
export { replyId } from './reply-id.ts';
export { subschemas } from './schema.ts';
export { sendError, sendJson } from './send.ts';
export { startWireServer, type WireServer } from './server.ts';
export { Signatures } from './signatures.ts';
export type {
  Exchange,
  ReplyFormat,
  Route,
  ServedModel,
  StreamedReply,
  Vendor,
  WireError,
  WireServerOptions,
} from './vendor.ts';
