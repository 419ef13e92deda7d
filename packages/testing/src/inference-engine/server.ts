import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ChatAnswer } from './chat-answer.ts';
import { parseChatRequest } from './chat-request.ts';
import { Engine } from './engine.ts';
import { EngineClock, type Fidelity } from './engine-clock.ts';
import { renderMetrics } from './metrics.ts';
import type { EngineParameters } from './parameters.ts';
import type { Sequence } from './sequence.ts';

/** What the engine wrote down about a finished request that named itself. Times are Unix milliseconds. */
export interface LogEntry {
  readonly label: string;
  readonly arrivedAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly generatedTokens: number;
  readonly preemptions: number;
}

/** What `GET /report` answers: of the time since it was last asked for. */
export interface EngineReport {
  readonly fidelity: Fidelity;
  readonly refused: number;
  readonly log: LogEntry[];
}

export interface EngineServer extends AsyncDisposable {
  /** Such as http://127.0.0.1:41234; the interface is under /v1. */
  readonly origin: string;
  readonly engine: Engine;
}

/** Starts an engine in this process, on a free loopback port. */
export async function startEngineServer(parameters: EngineParameters): Promise<EngineServer> {
  const service = new EngineService(parameters);
  const server = createServer((incoming, response) => {
    service.answer(incoming, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendError(response, 500, `The simulated engine failed: ${String(error)}`);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', 10_000);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The engine has no port.');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    engine: service.engine,
    async [Symbol.asyncDispose]() {
      service.stop();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

class EngineService {
  readonly engine: Engine;
  readonly #clock: EngineClock;
  readonly #unsent = new Map<ChatAnswer, boolean>();
  #log: LogEntry[] = [];
  #requests = 0;

  constructor(parameters: EngineParameters) {
    this.engine = new Engine(parameters);
    this.#clock = new EngineClock(this.engine, () => this.#flush());
  }

  stop(): void {
    this.#clock.stop();
  }

  async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { model, maxModelTokens } = this.engine.parameters;
    switch (`${incoming.method} ${incoming.url}`) {
      case 'POST /v1/chat/completions':
        this.#chat(await readJson(incoming), response);
        return;
      case 'GET /v1/models': {
        const data = [{ id: model, object: 'model', owned_by: 'vllm', max_model_len: maxModelTokens }];
        sendJson(response, 200, { object: 'list', data });
        return;
      }
      case 'GET /metrics':
        response
          .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
          .end(renderMetrics(this.engine));
        return;
      case 'GET /report': {
        const { fidelity } = this.#clock;
        const report: EngineReport = { fidelity, refused: this.engine.counts.refused, log: this.#log };
        this.#log = [];
        sendJson(response, 200, report);
        return;
      }
      case 'GET /health':
        response.writeHead(200).end();
        return;
      default:
        sendError(response, 404, 'Not Found');
    }
  }

  #chat(body: unknown, response: ServerResponse): void {
    const parsed = parseChatRequest(body, this.engine.parameters);
    if ('problem' in parsed) {
      sendError(response, 400, parsed.problem);
      return;
    }
    const { request } = parsed;
    if (request.model !== this.engine.parameters.model) {
      sendError(response, 404, `The model \`${request.model}\` does not exist.`);
      return;
    }
    this.#requests += 1;
    const answer = new ChatAnswer(`chatcmpl-${this.#requests}`, request, response);
    const onToken = (sequence: Sequence, isLast: boolean) => {
      answer.add(sequence, isLast);
      if (isLast) this.#note(sequence, request.label);
      if (isLast || request.isStreamed) this.#unsent.set(answer, isLast);
    };
    const sequence = this.engine.submit({ ...request, onToken }, this.#clock.now);
    if (sequence === undefined) sendError(response, 429, 'The server is busy.');
    else {
      response.once('close', () => {
        if (response.writableFinished) return;
        this.engine.abort(sequence, this.#clock.now);
        this.#clock.advance();
      });
    }
    this.#clock.advance();
  }

  #flush(): void {
    for (const [answer, isLast] of this.#unsent) answer.flush(isLast);
    this.#unsent.clear();
  }

  #note(sequence: Sequence, label: string | undefined): void {
    const { arrivedAt, startedAt = arrivedAt, finishedAt = arrivedAt, preemptions } = sequence;
    if (label === undefined) return;
    const { promptTokens, cachedTokens, generated: generatedTokens } = sequence;
    this.#log.push({
      label,
      arrivedAt: this.#clock.unixMs(arrivedAt),
      startedAt: this.#clock.unixMs(startedAt),
      finishedAt: this.#clock.unixMs(finishedAt),
      promptTokens,
      cachedTokens,
      generatedTokens,
      preemptions,
    });
  }
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch {
    return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** An error as vLLM says it. */
function sendError(response: ServerResponse, status: number, message: string): void {
  const type = status === 404 ? 'NotFoundError' : status === 429 ? 'RateLimitError' : 'BadRequestError';
  sendJson(response, status, { error: { message, type, param: null, code: status } });
}
