import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@aios/protocol';
import type { Fault, ScriptedRequest, ScriptedTurn } from '../scripted-model/index.ts';
import { chunk, completion, deltas, finishReason, usageChunk } from './completion.ts';
import { errorBody, sendError, sendJson } from './errors.ts';
import { objectOf } from './request.ts';

/** Sends a turn of the model as a whole or as a stream, with its fault. */
export async function sendTurn(
  response: ServerResponse,
  turn: ScriptedTurn,
  request: ScriptedRequest,
  body: JsonObject,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (!(await wait(turn.delayMs, gone.signal))) return;
  if (turn.fault?.kind === 'status') sendStatus(response, turn.fault);
  else if (request.stream) await sendStream(response, turn, request, body, gone.signal);
  else sendWhole(response, turn, request);
}

function sendStatus(response: ServerResponse, fault: Extract<Fault, { kind: 'status' }>): void {
  const { status, headers, body } = fault;
  if (body !== undefined) {
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
    return;
  }
  sendError(response, {
    status,
    message: fault.message ?? `Scripted error ${status}`,
    type: status >= 500 ? 'server_error' : 'invalid_request_error',
    code: fault.code ?? null,
    ...(headers && { headers }),
  });
}

/** Without a stream, any fault in the middle shows in half of the body. */
function sendWhole(response: ServerResponse, turn: ScriptedTurn, request: ScriptedRequest): void {
  if (turn.fault === undefined) {
    sendJson(response, 200, completion(turn, request));
    return;
  }
  const text = JSON.stringify(completion(turn, request));
  const half = text.slice(0, text.length / 2);
  switch (turn.fault.kind) {
    case 'cut':
    case 'stall': {
      const { kind } = turn.fault;
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      response.write(half, () => {
        if (kind === 'cut') response.destroy();
      });
      return;
    }
    case 'error':
      sendJson(response, 200, errorBody(turn.fault));
      return;
    default:
      response.writeHead(200, { 'content-type': 'application/json' }).end(half);
  }
}

async function sendStream(
  response: ServerResponse,
  turn: ScriptedTurn,
  request: ScriptedRequest,
  body: JsonObject,
  gone: AbortSignal,
): Promise<void> {
  const { fault } = turn;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  await writeFrame(response, chunk({ role: 'assistant', content: '' }, request));
  const faultAt =
    fault !== undefined && 'afterPieces' in fault ? fault.afterPieces : Number.POSITIVE_INFINITY;
  const pieces = deltas(turn);
  for (const [index, delta] of pieces.entries()) {
    if (index >= faultAt) break;
    if (!(await wait(index === 0 ? 0 : turn.betweenMs, gone))) return;
    await writeFrame(response, chunk(delta, request));
  }
  if (fault !== undefined) {
    await sendFault(response, fault);
    return;
  }
  await writeFrame(response, chunk({}, request, finishReason(turn)));
  const wantsUsage = objectOf(body.stream_options).include_usage === true;
  if (wantsUsage && turn.usage !== null) await writeFrame(response, usageChunk(turn, request));
  response.end('data: [DONE]\n\n');
}

async function sendFault(response: ServerResponse, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'cut':
      response.destroy();
      return;
    case 'malformed':
      response.end('data: {"id":"chatcmpl-scripted","choices":[{"del\n\ndata: [DONE]\n\n');
      return;
    case 'error':
      await writeFrame(response, errorBody({ ...fault, type: 'server_error' }));
      response.end();
      return;
    case 'unfinished':
      response.end();
      return;
    case 'stall':
    case 'status':
  }
}

/** Resolves when the frame has left, so that a destroyed connection does not take it along. */
function writeFrame(response: ServerResponse, frame: object): Promise<void> {
  return new Promise((resolve) => {
    response.write(`data: ${JSON.stringify(frame)}\n\n`, () => resolve());
  });
}

/** Whether the client is still there after the time. */
async function wait(ms: number | undefined, gone: AbortSignal): Promise<boolean> {
  if (ms !== undefined && ms > 0) {
    await Promise.race([sleep(ms), new Promise((resolve) => gone.addEventListener('abort', resolve))]);
  }
  return !gone.aborted;
}
