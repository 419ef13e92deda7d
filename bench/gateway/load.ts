// The load generator, a process of its own: keeps so many connections busy, each with one request at a time, and tells what
// it saw. One measurement for each message from its parent.

import { Pool } from 'undici';
import type { LoadOrder, LoadReport } from './load-order.ts';

class Tally {
  readonly latencies: number[] = [];
  readonly firstTokens: number[] = [];
  readonly deltaMs: number[] = [];
  failed = 0;
}

const pools = new Map<string, Pool>();

function poolOf(url: string, connections: number): Pool {
  const name = `${url} ${connections}`;
  const known = pools.get(name);
  if (known !== undefined) return known;
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  pools.set(name, pool);
  return pool;
}

function bodyOf({ model, promptTokens, stream }: LoadOrder): Buffer {
  // Four letters to a token, over several messages, with the quotes and line breaks of real prompts.
  const text = 'He said: "the quick brown fox\njumps over the lazy dog". ';
  const count = 8;
  const each = text.repeat(Math.ceil((promptTokens * 4) / count / text.length));
  const messages = Array.from({ length: count }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: each.slice(0, (promptTokens * 4) / count),
  }));
  return Buffer.from(JSON.stringify({ model, messages, temperature: 0, ...(stream && { stream }) }));
}

const mark = /@(\d+) /g;

function send(pool: Pool, order: LoadOrder, body: Buffer, tally: Tally): Promise<void> {
  const startedAt = performance.now();
  let first = true;
  let status = 0;
  return new Promise((resolve) => {
    pool.dispatch(
      {
        path: order.path,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...order.headers },
        body,
      },
      {
        onRequestStart: () => undefined,
        onResponseStart(_controller, received) {
          status = received;
        },
        onResponseData(_controller, data) {
          if (!order.stream) return;
          const now = process.hrtime.bigint();
          if (first) tally.firstTokens.push(performance.now() - startedAt);
          first = false;
          for (const [, sentAt = ''] of data.toString('latin1').matchAll(mark)) {
            tally.deltaMs.push(Number(now - BigInt(sentAt)) / 1e6);
          }
        },
        onResponseEnd() {
          if (status === (order.expectStatus ?? 200)) tally.latencies.push(performance.now() - startedAt);
          else tally.failed += 1;
          resolve();
        },
        onResponseError() {
          tally.failed += 1;
          resolve();
        },
      },
    );
  });
}

async function measure(order: LoadOrder): Promise<LoadReport> {
  const pool = poolOf(order.url, order.connections);
  const body = bodyOf(order);
  const tally = new Tally();
  const startedAt = performance.now();
  const until = startedAt + order.durationMs;
  const worker = async () => {
    do await send(pool, order, body, tally);
    while (performance.now() < until);
  };
  await Promise.all(Array.from({ length: order.connections }, worker));
  const { latencies, firstTokens, deltaMs, failed } = tally;
  return { seconds: (performance.now() - startedAt) / 1000, latencies, firstTokens, deltaMs, failed };
}

process.on('message', async (order: LoadOrder) => {
  process.send?.(await measure(order));
});
process.on('disconnect', () => process.exit());
process.send?.({ url: 'ready' });
