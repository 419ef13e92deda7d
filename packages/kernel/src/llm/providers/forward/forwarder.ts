import { StringDecoder } from 'node:string_decoder';
import type { ForwardDialect, ForwardRequest, Usage } from '@aios/protocol';
import type { Pool } from 'undici';
import type { DriverForward, Forwarder, ForwardSending } from '../../driver.ts';
import { estimateTextTokens } from '../../tokens/index.ts';
import {
  type Endpoint,
  type Failure,
  failureError,
  networkFailure,
  rateLimitsOf,
  readErrorFrame,
  readRefusal,
  refuseUnusableKey,
  UnfinishedError,
} from '../ai-sdk/index.ts';
import { exchange } from './exchange.ts';
import { ErrorReply, refuseError, UnreadableReply } from './failures.ts';
import { type Counted, type Format, formats } from './format.ts';
import { membersOf } from './json-text.ts';
import { ReplyStream } from './reply-stream.ts';
import { echoModel } from './reply-text.ts';
import { type PreparedRequest, prepareRequest } from './request-text.ts';

const defaultConnectMs = 10_000;

/** Passes requests of the dialects that an endpoint speaks on to it; undefined where it speaks none. */
export function createForwarder(endpoint: Endpoint): Forwarder | undefined {
  const dialects = spokenAt(endpoint);
  if (dialects.length === 0) return undefined;
  const base = new URL(endpoint.baseUrl);
  const basePath = base.pathname.replace(/\/$/, '');
  let pool: Pool | undefined;
  return {
    dialects,
    send: async (request, sending) => {
      refuseUnusableKey(endpoint);
      const format = formats[request.dialect];
      const prepared = prepareRequest(request, format, endpoint.model, sending.priority);
      pool ??= await openPool(base.origin, endpoint);
      const reply = new Reply(request, prepared, format, sending);
      try {
        await exchange(
          {
            dispatcher: pool,
            path: basePath + format.path(endpoint.model, request.stream),
            headers: headersOf(endpoint, request, format),
            body: prepared.body,
            signal: sending.signal,
          },
          reply,
        );
        return reply.finish();
      } catch (thrown) {
        if (sending.signal.aborted) throw sending.signal.reason;
        throw failureError(reply.failureOf(thrown), endpoint, reply.begun);
      }
    },
  };
}

/** At another address than its own, what calls itself OpenAI often knows no Responses. */
function spokenAt({ provider, baseUrl }: Endpoint): readonly ForwardDialect[] {
  const { forwards = [], dialect } = provider;
  const isElsewhere = dialect === 'openai' && baseUrl !== provider.baseUrl;
  return isElsewhere ? forwards.filter((spoken) => spoken !== 'openai-responses') : forwards;
}

/** One pool of kept connections to a core, with no limits of its own: the scheduler’s slots and time-outs.ts are those. */
async function openPool(origin: string, { connectMs = defaultConnectMs }: Endpoint): Promise<Pool> {
  const undici = await import('undici');
  return new undici.Pool(origin, { connect: { timeout: connectMs }, headersTimeout: 0, bodyTimeout: 0 });
}

const anthropicVersion = '2023-06-01';

function headersOf({ provider, key }: Endpoint, request: ForwardRequest, { headers }: Format): string[] {
  const result = ['content-type', 'application/json'];
  const given = request.headers ?? {};
  for (const name of headers) if (given[name] !== undefined) result.push(name, given[name]);
  if (request.dialect === 'anthropic-messages' && given['anthropic-version'] === undefined) {
    result.push('anthropic-version', anthropicVersion);
  }
  if (key !== undefined) result.push(...keyHeader(provider.dialect, request.dialect, key));
  return result;
}

function keyHeader(provider: string, dialect: ForwardDialect, key: string): string[] {
  if (dialect === 'anthropic-messages') return ['x-api-key', key];
  if (dialect === 'gemini-generate') return ['x-goog-api-key', key];
  const bearer = ['authorization', `Bearer ${key}`];
  return provider === 'azure' ? ['api-key', key, ...bearer] : bearer;
}

/** An answer on its way through. */
class Reply {
  /** Whether a part of it has reached the caller. */
  begun = false;
  readonly #request: ForwardRequest;
  readonly #prepared: PreparedRequest;
  readonly #format: Format;
  readonly #emit: ForwardSending['emit'];
  readonly #parts: Buffer[] = [];
  /** Only of an answer that is streamed. */
  #stream: { readonly events: ReplyStream; readonly decoder: StringDecoder } | undefined;
  #head: { readonly status: number; readonly headers: Record<string, string> } | undefined;

  constructor(request: ForwardRequest, prepared: PreparedRequest, format: Format, { emit }: ForwardSending) {
    this.#request = request;
    this.#prepared = prepared;
    this.#format = format;
    this.#emit = emit;
  }

  onHead(status: number, headers: Record<string, string>): void {
    this.#head = { status, headers };
    const isEvents = headers['content-type']?.startsWith('text/event-stream') ?? false;
    if (!this.#request.stream || status >= 300 || !isEvents) return;
    this.#stream = {
      events: new ReplyStream(this.#format, this.#prepared),
      decoder: new StringDecoder('utf8'),
    };
  }

  onData(data: Buffer): void {
    const stream = this.#stream;
    if (stream === undefined) this.#parts.push(data);
    else this.#send(stream.events.add(stream.decoder.write(data)));
  }

  /** The answer, when all of it has come. Throws what `failureOf` reads. */
  finish(): DriverForward {
    const { status = 0, headers } = this.#head ?? {};
    const limits = rateLimitsOf(headers);
    const rest = { status, ...(limits && { limits }) };
    if (this.#stream !== undefined) {
      const { events, decoder } = this.#stream;
      this.#send(events.add(decoder.end()) + events.finish());
      if (!events.isComplete) throw new UnfinishedError();
      const { counted, pieces } = events;
      return { ...rest, usage: this.#usage(counted, () => pieces) };
    }
    const text = this.#text();
    if (status >= 300) throw new RefusedReply(text);
    const members = membersOf(text);
    if (members === undefined) throw new UnreadableReply(text);
    const object = { text, members };
    refuseError(object);
    if (this.#request.stream) throw new UnreadableReply(text);
    const body = echoModel(object, this.#format, this.#prepared.askedModel);
    const counted = this.#format.counted(object) ?? {};
    return { ...rest, body, usage: this.#usage(counted, () => estimateTextTokens(text)) };
  }

  failureOf(thrown: unknown): Failure {
    const { status = 0, headers = {} } = this.#head ?? {};
    if (thrown instanceof RefusedReply) return readRefusal(status, headers, thrown.text);
    if (thrown instanceof ErrorReply) return readErrorFrame(thrown.frame);
    if (thrown instanceof UnreadableReply) return { kind: 'format', said: thrown.text.slice(0, 500) };
    if (thrown instanceof UnfinishedError) return { kind: 'cut', said: '' };
    return networkFailure(thrown, this.#head !== undefined);
  }

  #send(text: string): void {
    if (text === '') return;
    this.begun = true;
    this.#emit?.({ text });
  }

  #text(): string {
    const [first] = this.#parts;
    if (first === undefined) return '';
    return (this.#parts.length === 1 ? first : Buffer.concat(this.#parts)).toString();
  }

  #usage({ inputTokens, outputTokens, ...details }: Counted, estimateOutput: () => number): Usage {
    const isCounted = inputTokens !== undefined && outputTokens !== undefined;
    return {
      inputTokens: inputTokens ?? estimateTextTokens(this.#request.body),
      outputTokens: outputTokens ?? estimateOutput(),
      ...details,
      source: isCounted ? 'provider' : 'estimate',
    };
  }
}

/** An answer whose status tells of an error. */
class RefusedReply extends Error {
  override readonly name = 'RefusedReply';
  readonly text: string;

  constructor(text: string) {
    super('The request was refused.');
    this.text = text;
  }
}
