// The way from a sandbox to the internet: a proxy of the kernel’s (HTTP CONNECT, RFC 9110 section 9.3.6) on a UNIX socket
// that is bound in. The kernel looks names up, refuses addresses that are not public, and asks for each connection whether
// the program may make it.

import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { AiosError, toAiosError } from '@aios/protocol';
import { type AddressGuard, guardedLookup, type Lookup, refusedHost } from '../../network/index.ts';

/** A connection that a program asked for. */
interface EgressConnection {
  readonly host: string;
  readonly port: number;
  /** Why it came to nothing, where it did. */
  refused?: string;
  sentBytes: number;
  receivedBytes: number;
}

export interface EgressOptions {
  /** Throws where the program may not connect to the host. */
  readonly authorise: (host: string) => void | Promise<void>;
  readonly isAllowed: AddressGuard;
  readonly lookup: Lookup;
}

export interface Egress extends AsyncDisposable {
  /** Of the machine; to be bound into the sandbox. */
  readonly socketPath: string;
  /** In the order in which they were asked for; at most so many are kept as may be made. */
  readonly connections: readonly EgressConnection[];
}

const maxConnections = 256;
const connectTimeoutMs = 20_000;

/** Opens the way until it is disposed of; then every connection ends. */
export async function openEgress(options: EgressOptions): Promise<Egress> {
  const folder = await mkdtemp(join(tmpdir(), 'aios-egress-'));
  const socketPath = join(folder, 'proxy.sock');
  const connections: EgressConnection[] = [];
  const open = new Set<Duplex>();
  const keep = (socket: Duplex) => {
    open.add(socket);
    // Either end may go away at any time, and the other one is closed then.
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket));
  };
  const server = createServer((_request, response) => {
    response.writeHead(405, { 'content-type': 'text/plain' });
    response.end('Only CONNECT leads out of the sandbox: use https.\n');
  });
  server.on('connection', keep);
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    void answer(request, client, head);
  });

  async function answer({ url = '' }: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    let connection: EgressConnection | undefined;
    try {
      const { host, port } = parseAuthority(url);
      if (connections.length >= maxConnections) throw tooMany();
      connection = { host, port, sentBytes: 0, receivedBytes: 0 };
      connections.push(connection);
      await options.authorise(host);
      const upstream = await connectTo(connection, options);
      keep(upstream);
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      connectBoth(client, upstream, connection, head);
    } catch (error) {
      const { message, code } = toAiosError(error);
      if (connection !== undefined) connection.refused = message;
      const status = code === 'permission_denied' ? '403 Forbidden' : '502 Bad Gateway';
      client.end(`HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${message}\n`);
    }
  }

  server.listen(socketPath);
  await once(server, 'listening');
  // The folder lets nobody of the machine in but the kernel; the program in the sandbox is another user.
  await chmod(socketPath, 0o666);
  return {
    socketPath,
    connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function parseAuthority(text: string): { host: string; port: number } {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]{1,253})):(\d{1,5})$/i.exec(text) ?? [];
  const host = (bracketed ?? plain)?.toLowerCase();
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new AiosError('invalid_argument', 'CONNECT needs a host and a port, such as example.com:443.');
  }
  return { host, port };
}

async function connectTo(
  { host, port }: EgressConnection,
  { isAllowed, lookup }: EgressOptions,
): Promise<Socket> {
  // The socket looks up names only, so addresses are checked here.
  if (isIP(host) !== 0 && !isAllowed(host)) throw refusedHost(host);
  const upstream = connect({
    host,
    port,
    lookup: guardedLookup(lookup, isAllowed),
    timeout: connectTimeoutMs,
  });
  upstream.once('timeout', () => upstream.destroy(unreachable(host, 'it does not answer')));
  try {
    await once(upstream, 'connect');
  } catch (error) {
    upstream.destroy();
    if (AiosError.isInstance(error)) throw error;
    throw unreachable(host, error instanceof Error ? error.message : String(error));
  }
  upstream.setTimeout(0);
  return upstream;
}

function connectBoth(client: Duplex, upstream: Socket, connection: EgressConnection, head: Buffer): void {
  upstream.write(head);
  connection.sentBytes += head.length;
  client.on('data', (chunk: Buffer) => {
    connection.sentBytes += chunk.length;
  });
  upstream.on('data', (chunk: Buffer) => {
    connection.receivedBytes += chunk.length;
  });
  client.pipe(upstream).pipe(client);
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => client.destroy());
}

function tooMany(): AiosError {
  return new AiosError('rate_limited', `A program may make ${maxConnections} connections, and did.`);
}

function unreachable(host: string, reason: string): AiosError {
  return new AiosError('unavailable', `${host} cannot be reached: ${reason}.`);
}
