import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { jsonObject } from '@aios/protocol';
import { type RecordedRequest, Recorder } from './recorder.ts';
import { sendError, sendStatus } from './send.ts';
import type { Exchange, Vendor, WireError, WireServerOptions } from './vendor.ts';

export interface WireServer extends AsyncDisposable {
  /** Such as http://127.0.0.1:41234. */
  readonly origin: string;
  /** The origin with the vendor’s version, such as /v1; some clients take the origin and add it themselves. */
  readonly baseUrl: string;
  /** Every request that came, in order. */
  readonly requests: readonly RecordedRequest[];
  /** The request of this place, counted from 0; waits until it comes. */
  requestAt(index: number): Promise<RecordedRequest>;
  close(): Promise<void>;
}

/** Starts a vendor’s server on a free loopback port. It speaks for the scripted model until it is closed. */
export async function startWireServer(vendor: Vendor, options: WireServerOptions): Promise<WireServer> {
  const recorder = new Recorder();
  const server = createServer((incoming, response) => {
    receive(incoming, response, { vendor, options, recorder }).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(vendor, response, { status: 500, message: `The script failed: ${String(error)}` });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const origin = `http://127.0.0.1:${address.port}`;

  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    origin,
    baseUrl: origin + vendor.basePath,
    requests: recorder.requests,
    requestAt: (index) => recorder.at(index),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Setup {
  vendor: Vendor;
  options: WireServerOptions;
  recorder: Recorder;
}

async function receive(
  incoming: IncomingMessage,
  response: ServerResponse,
  { vendor, options, recorder }: Setup,
): Promise<void> {
  const text = await readText(incoming);
  const body = jsonObject.safeParse(parsed(text));
  const request = recorder.record(incoming, response, { text, body: body.data ?? {} });
  if (body.success) await respond({ request, response, options, vendor, parameters: {} });
  else
    refuse(vendor, response, { status: 400, message: 'We could not parse the JSON body of your request.' });
}

async function respond(exchange: Exchange): Promise<void> {
  const { request, vendor, options } = exchange;
  const refused = options.refuse?.(request);
  if (refused !== undefined) {
    sendStatus(exchange, refused);
    return;
  }
  const [path = ''] = request.path.split('?');
  for (const route of vendor.routes) {
    const match = request.method === route.method ? route.path.exec(path) : null;
    if (match === null) continue;
    const sent = vendor.keyOf(request);
    if (options.key !== undefined && sent !== options.key && route.isOpen !== true) {
      sendError(exchange, vendor.wrongKey(sent ?? ''));
      return;
    }
    await route.answer({ ...exchange, parameters: decoded(match.groups) });
    return;
  }
  sendError(exchange, { status: 404, message: `Invalid URL (${request.method} ${path})` });
}

function decoded(groups: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** A request without a body has an empty object; undefined where it is not JSON. */
function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(vendor: Vendor, response: ServerResponse, error: WireError): void {
  const body = JSON.stringify(vendor.errorBody(error));
  const headers = { 'content-type': 'application/json', ...vendor.errorHeaders?.(error) };
  response.writeHead(error.status, headers).end(body);
}
