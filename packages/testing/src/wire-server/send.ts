import type { JsonValue } from '@aios/protocol';
import type { StatusFault } from '../scripted-model/index.ts';
import type { Exchange, WireError } from './vendor.ts';

/** Sends a JSON body with the headers that the vendor always sends. */
export function sendJson(
  { response, vendor }: Exchange,
  body: JsonValue,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...vendor.headers?.(), ...headers })
    .end(JSON.stringify(body));
}

/** Sends an error in the vendor’s shape. */
export function sendError(exchange: Exchange, error: WireError): void {
  const { status, retryAfterMs } = error;
  const headers = { ...exchange.vendor.errorHeaders?.(error), ...error.headers };
  if (retryAfterMs !== undefined) headers['retry-after'] ??= `${Math.ceil(retryAfterMs / 1000)}`;
  sendJson(exchange, exchange.vendor.errorBody(error), { status, headers });
}

/** Sends a scripted HTTP error: the vendor’s own, or a page of something in between. */
export function sendStatus(exchange: Exchange, fault: StatusFault): void {
  const { kind: _, body, message = `Scripted error ${fault.status}`, ...error } = fault;
  if (body === undefined) {
    sendError(exchange, { ...error, message });
    return;
  }
  exchange.response.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers }).end(body);
}
