// The outside world of `aios chaos`: a model and a bank, over HTTP, that write down everything that they are asked.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { outsideKinds } from './steps.ts';

type OutsideKind = (typeof outsideKinds)[number];

/** A model call as the model saw it. */
export interface Asked {
  readonly generation: number;
  /** How many requests came before it. */
  readonly order: number;
  /** Milliseconds since 1970, once the answer was sent. */
  answeredAt?: number;
}

/** A payment that took effect, by the id of its step. */
export interface Paid {
  readonly id: string;
  readonly key: string;
  readonly kind: OutsideKind;
  /** The kernel that asked for it. */
  readonly generation: number;
}

type OnTaken = (key: string) => Promise<void> | undefined;

export interface OutsideWorld extends AsyncDisposable {
  readonly url: string;
  /** By prompt. */
  readonly asked: ReadonlyMap<string, readonly Asked[]>;
  readonly paid: readonly Paid[];
  /** The step of each request, in the order in which they came. */
  readonly seen: readonly string[];
  /**
   * Calls back when the next request of a kind took effect. It is answered when what that gives resolves, and never where it
   * gives nothing.
   */
  interceptNext(kind: OutsideKind | undefined, onTaken: OnTaken): void;
  /** Numbers the kernels that ask. */
  generation: number;
}

const chatRequest = z.object({ messages: z.array(z.object({ content: z.string() })).min(1) });
const paymentRequest = z.object({ id: z.string(), key: z.string() });

const bankPaths: Readonly<Record<string, OutsideKind>> = {
  '/deposit': 'idempotent',
  '/transfer': 'probed',
  '/pay': 'external',
};

export async function startOutsideWorld(): Promise<OutsideWorld> {
  const asked = new Map<string, Asked[]>();
  const paid: Paid[] = [];
  const seen: string[] = [];
  let intercepted: { readonly kind: OutsideKind; readonly onTaken: OnTaken } | undefined;

  const world = {
    asked,
    paid,
    seen,
    generation: 0,
    interceptNext(kind: OutsideKind | undefined, onTaken: OnTaken) {
      intercepted = kind && { kind, onTaken };
    },
  };

  /** Resolves when the request may be answered, with whether it is to be at all. */
  async function mayAnswer(kind: OutsideKind, key: string): Promise<boolean> {
    if (intercepted?.kind !== kind) return true;
    const { onTaken } = intercepted;
    intercepted = undefined;
    const released = onTaken(key);
    await released;
    return released !== undefined;
  }

  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { messages } = chatRequest.parse(await json(request));
    const prompt = messages.at(-1)?.content ?? '';
    const call: Asked = { generation: world.generation, order: seen.length };
    seen.push(prompt);
    asked.set(prompt, [...(asked.get(prompt) ?? []), call]);
    if (!(await mayAnswer('model', prompt))) return;
    send(response, {
      id: 'chatcmpl-chaos',
      object: 'chat.completion',
      created: 0,
      model: 'chaos',
      choices: [
        { index: 0, message: { role: 'assistant', content: `reply to ${prompt}` }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
    });
    call.answeredAt = Date.now();
  }

  async function pay(kind: OutsideKind, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { id, key } = paymentRequest.parse(await json(request));
    seen.push(id);
    // Only the idempotent way looks whether it knows the key.
    const isKnown = kind === 'idempotent' && paid.some((payment) => payment.key === key);
    if (!isKnown) paid.push({ id, key, kind, generation: world.generation });
    if (!(await mayAnswer(kind, key))) return;
    send(response, { receipt: `receipt of ${id}` });
  }

  function look(key: string, response: ServerResponse): void {
    const payment = paid.find((each) => each.key === key);
    send(response, payment === undefined ? {} : { receipt: `receipt of ${payment.id}` });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const kind = bankPaths[pathname];
    if (request.method === 'GET' && pathname === '/payment') look(searchParams.get('key') ?? '', response);
    else if (request.method === 'POST' && pathname.endsWith('/chat/completions'))
      await chat(request, response);
    else if (request.method === 'POST' && kind !== undefined) await pay(kind, request, response);
    else response.writeHead(404).end();
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(400).end(error instanceof Error ? error.message : String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(world, {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

function send(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}
