// What the faces that speak a vendor’s dialect share: errors in the vendor’s shape, streams that pass each delta on at once,
// a client that goes away cancels its call. A face brings a `Dialect` and its routes, and puts both in with `registerDialect`.

export { answerOnce, answerStream } from './answer.ts';
export { bytesOf, jsonOf } from './body.ts';
export { callChat, type ReplyChunk } from './call-chat.ts';
export { type Dialect, registerDialect } from './dialect.ts';
export { type DialectStream, frameOf } from './dialect-stream.ts';
export { failureOf } from './failure.ts';
export { readBody } from './read-body.ts';
