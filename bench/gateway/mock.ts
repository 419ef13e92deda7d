// A model server that does as little as possible: OpenAI's wire format, answers made once, delays as the model is called.
// Models: mock answers at once, mock-slow after 300 ms, mock-paced leaves 5 ms between two deltas, mock-brief has but four of them. Each delta says when it
// was sent, on the clock that all processes of the machine share, so that the reader knows how long it took.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const usualDeltas = 64;
const briefDeltas = 4;
const slowMs = 300;
const pacedMs = 5;
const usage = { prompt_tokens: 1000, completion_tokens: usualDeltas, total_tokens: 1000 + usualDeltas };
const words = 'The quick brown fox jumps over the lazy dog. '.repeat(6);
const choice = {
  index: 0,
  message: { role: 'assistant', content: words },
  finish_reason: 'stop',
  logprobs: null,
};
const whole = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'mock',
    choices: [choice],
    usage,
    system_fingerprint: null,
  }),
);

const wholeHead = { 'content-type': 'application/json', 'content-length': whole.length };
const streamHead = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

const frame = (choices: string, more = '') =>
  `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"mock","system_fingerprint":null,"choices":[${choices}]${more}}\n\n`;
const textFrame = () =>
  frame(
    `{"index":0,"delta":{"content":"@${process.hrtime.bigint()} "},"logprobs":null,"finish_reason":null}`,
  );
const toolFrame = () =>
  frame(
    `{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"@${process.hrtime.bigint()} "}}]},"logprobs":null,"finish_reason":null}`,
  );
const toolStart = frame(
  '{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"find","arguments":""}}]},"logprobs":null,"finish_reason":null}',
);

function read(incoming: IncomingMessage, done: (beginning: string, end: string) => void): void {
  let first: Buffer | undefined;
  let last: Buffer | undefined;
  incoming.on('data', (part: Buffer) => {
    first ??= part;
    last = part;
  });
  // The load generator and all gateways write these fields at one of the two ends of a body.
  incoming.on('end', () =>
    done(first?.toString('latin1', 0, 400) ?? '', last?.subarray(-400).toString('latin1') ?? ''),
  );
}

interface Streaming {
  readonly deltas: number;
  readonly isPaced: boolean;
  readonly isTools: boolean;
  readonly hasUsage: boolean;
}

function stream(response: ServerResponse, { deltas, isPaced, isTools, hasUsage }: Streaming): void {
  response.writeHead(200, streamHead);
  response.socket?.setNoDelay(true);
  if (isTools) response.write(toolStart);
  let sent = 0;
  const next = () => {
    if (response.destroyed) return;
    if (sent === deltas) {
      const end = frame(`{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}`);
      response.end(`${end}${hasUsage ? frame('', `,"usage":${JSON.stringify(usage)}`) : ''}data: [DONE]\n\n`);
      return;
    }
    sent += 1;
    response.write(isTools ? toolFrame() : textFrame());
    if (isPaced) setTimeout(next, pacedMs);
    else setImmediate(next);
  };
  next();
}

const server = createServer((incoming, response) => {
  read(incoming, (beginning, end) => {
    const has = (text: string) => beginning.includes(text) || end.includes(text);
    const answer = () => {
      if (!/"stream" ?: ?true/.test(beginning + end)) response.writeHead(200, wholeHead).end(whole);
      else {
        const isBrief = has('mock-brief');
        stream(response, {
          deltas: isBrief ? briefDeltas : usualDeltas,
          isPaced: isBrief || has('mock-paced') || has('mock-tools'),
          isTools: has('mock-tools'),
          hasUsage: /"include_usage" ?: ?true/.test(beginning + end),
        });
      }
    };
    if (has('mock-slow')) setTimeout(answer, slowMs);
    else answer();
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null)
    process.send?.({ url: `http://127.0.0.1:${address.port}` });
});
process.on('disconnect', () => process.exit());
