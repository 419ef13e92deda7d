import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@aios/protocol';
import type { Fault, ScriptedRequest, ScriptedTurn } from '../scripted-model/index.ts';
import { sendJson, sendStatus } from './send.ts';
import type { Exchange, ReplyFormat } from './vendor.ts';

/** Sends a turn of the model as a whole or as a stream, with its delays and its fault. */
export async function sendTurn(
  exchange: Exchange,
  turn: ScriptedTurn,
  request: ScriptedRequest,
  format: ReplyFormat,
): Promise<void> {
  const { response, vendor } = exchange;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (!(await wait(turn.delayMs, gone.signal))) return;
  if (turn.fault?.kind === 'status') sendStatus(exchange, turn.fault);
  else if (turn.fault?.kind === 'reset') response.destroy();
  else {
    const limits = turn.limits === undefined ? {} : vendor.limitHeaders?.(turn.limits);
    const headers = { ...vendor.headers?.(), ...limits, ...turn.headers };
    if (request.stream) await sendStream(response, turn, request, format, headers, gone.signal);
    else sendWhole(exchange, turn, format.whole(turn, request), headers);
  }
}

/** Without a stream, any fault in the middle shows in half of the body. */
function sendWhole(
  exchange: Exchange,
  turn: ScriptedTurn,
  body: JsonObject,
  headers: Record<string, string>,
): void {
  const { response, vendor } = exchange;
  const { fault } = turn;
  if (fault === undefined) {
    sendJson(exchange, body, { headers });
    return;
  }
  const text = JSON.stringify(body);
  const half = text.slice(0, text.length / 2);
  const type = { 'content-type': 'application/json' };
  switch (fault.kind) {
    case 'cut':
    case 'stall':
      response.writeHead(200, { ...headers, ...type, 'content-length': Buffer.byteLength(text) });
      response.write(half, () => {
        if (fault.kind === 'cut') response.destroy();
      });
      return;
    case 'error':
      sendJson(exchange, vendor.errorBody({ status: 500, ...fault }), { headers });
      return;
    default:
      response.writeHead(200, { ...headers, ...type }).end(half);
  }
}

async function sendStream(
  response: ServerResponse,
  turn: ScriptedTurn,
  request: ScriptedRequest,
  format: ReplyFormat,
  headers: Record<string, string>,
  gone: AbortSignal,
): Promise<void> {
  const { fault } = turn;
  response.writeHead(200, { 'cache-control': 'no-cache', ...headers, 'content-type': format.streamType });
  const { opening, pieces, closing } = format.streamed(turn, request);
  await write(response, framed(format, opening));
  const faultAt =
    fault !== undefined && 'afterPieces' in fault ? fault.afterPieces : Number.POSITIVE_INFINITY;
  for (const [index, events] of pieces.entries()) {
    if (index >= faultAt) break;
    if (!(await wait(index === 0 ? 0 : turn.betweenMs, gone))) return;
    await write(response, framed(format, events));
  }
  if (fault === undefined) {
    await write(response, framed(format, closing));
    response.end(format.end ?? '');
    return;
  }
  await sendFault(response, fault, format, pieces[faultAt] ?? closing);
}

/** `next` are the events that would have come. */
async function sendFault(
  response: ServerResponse,
  fault: Fault,
  format: ReplyFormat,
  next: JsonObject[],
): Promise<void> {
  switch (fault.kind) {
    case 'cut':
      response.destroy();
      return;
    case 'malformed': {
      const event = next[0] ?? {};
      const json = JSON.stringify(event);
      response.write(format.frame(json.slice(0, Math.ceil(json.length / 2)), event));
      response.end(format.end ?? '');
      return;
    }
    case 'error':
      await write(response, framed(format, [format.errorEvent({ status: 500, ...fault })]));
      response.end();
      return;
    case 'unfinished':
      response.end();
      return;
    case 'stall':
    case 'status':
    case 'reset':
  }
}

function framed(format: ReplyFormat, events: readonly JsonObject[]): Buffer {
  return Buffer.concat(events.map((event) => Buffer.from(format.frame(JSON.stringify(event), event))));
}

/** Resolves when the frames have left, so that a destroyed connection does not take them along. */
function write(response: ServerResponse, frames: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (frames.length === 0) resolve();
    else response.write(frames, () => resolve());
  });
}

/** Whether the client is still there after the time. */
async function wait(ms: number | undefined, gone: AbortSignal): Promise<boolean> {
  if (ms !== undefined && ms > 0) {
    await Promise.race([sleep(ms), new Promise((resolve) => gone.addEventListener('abort', resolve))]);
  }
  return !gone.aborted;
}
