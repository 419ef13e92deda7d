import { STATUS_CODES } from 'node:http';
import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';
import { jsonObject } from '@aios/protocol';
import { type ErrorFields, errorFields } from './error-fields.ts';

/** What became of a request, as far as it can be told from what was thrown. */
export interface Failure {
  /**
   * refused: an HTTP error. unreachable: no answer came. cut: the answer broke off. stopped: the provider ended its own
   * stream with an error. unusable: the package cannot send this request or use this configuration. format: the answer is
   * not in the provider’s format.
   */
  kind: 'refused' | 'unreachable' | 'cut' | 'stopped' | 'unusable' | 'format';
  /** HTTP status, where one was sent. */
  status?: number;
  /** The provider’s own words, or the operating system’s. */
  said: string;
  /** The provider’s own code, such as `insufficient_quota`. */
  code?: string;
  headers?: Record<string, string>;
  /** How long to wait, where the body says it. */
  retryAfterMs?: number;
}

const maxSaid = 500;

/** A stream that ended without saying why. */
export class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError';
}

/** Throws where a reply ended without a reason of the provider’s: the packages then make one up. */
export function refuseUnfinished({ unified, raw }: LanguageModelV4FinishReason): void {
  if (raw === undefined && !['stop', 'tool-calls'].includes(unified)) throw new UnfinishedError();
}

/** Reads what the AI SDK threw, or put into its stream as an error. */
export async function readFailure(thrown: unknown): Promise<Failure> {
  if (!(thrown instanceof Error)) return readErrorFrame(thrown);
  if (thrown instanceof UnfinishedError || /without a finish reason/.test(thrown.message)) {
    return { kind: 'cut', said: '' };
  }
  const {
    APICallError,
    LoadAPIKeyError,
    LoadSettingError,
    UnsupportedFunctionalityError,
    InvalidPromptError,
  } = await import('@ai-sdk/provider');
  const broken = networkCause(thrown);
  if (!APICallError.isInstance(thrown)) {
    if (broken !== undefined) return { kind: 'cut', said: broken };
    const isUnusable =
      LoadAPIKeyError.isInstance(thrown) ||
      LoadSettingError.isInstance(thrown) ||
      UnsupportedFunctionalityError.isInstance(thrown) ||
      InvalidPromptError.isInstance(thrown);
    return { kind: isUnusable ? 'unusable' : 'format', said: shorten(thrown.message) };
  }
  const { statusCode, responseHeaders, message, data, responseBody } = thrown;
  if (statusCode === undefined) return { kind: 'unreachable', said: broken ?? shorten(message) };
  if (statusCode < 400) {
    if (broken !== undefined) return { kind: 'cut', said: broken };
    return (
      errorInSuccess(data ?? parsedBody(responseBody)) ?? {
        kind: 'format',
        said: shorten(responseBody ?? message),
      }
    );
  }
  return refused({ status: statusCode, data, body: responseBody, headers: responseHeaders, message });
}

/** Reads an HTTP error as it came. */
export function readRefusal(status: number, headers: Record<string, string>, body: string): Failure {
  return refused({ status, data: undefined, body, headers, message: STATUS_CODES[status] ?? '' });
}

/** Reads what a connection failed with; `hasAnswered` where the head of an answer had come. */
export function networkFailure(thrown: unknown, hasAnswered: boolean): Failure {
  const said = thrown instanceof Error ? (networkCause(thrown) ?? shorten(thrown.message)) : String(thrown);
  return { kind: hasAnswered ? 'cut' : 'unreachable', said };
}

interface Refusal {
  status: number;
  data: unknown;
  body: string | undefined;
  headers: Record<string, string> | undefined;
  message: string;
}

function refused({ status, data, body, headers, message }: Refusal): Failure {
  const fields = errorFields(data ?? parsedBody(body));
  return {
    kind: 'refused',
    status,
    said: shorten(fields.message ?? wordsOf(message, body)),
    ...codeAndWait(fields),
    ...(headers && { headers }),
  };
}

/** The error object that a provider sends in the middle of a stream; some put an HTTP status into its code. */
export function readErrorFrame(frame: unknown): Failure {
  const inner = errorFields(frame);
  const fields = inner.message === undefined ? errorFields({ error: frame }) : inner;
  const { message, code } = fields;
  const status = code !== undefined && /^[45]\d\d$/.test(code) ? Number(code) : undefined;
  return {
    kind: status === undefined ? 'stopped' : 'refused',
    said: shorten(message ?? JSON.stringify(frame) ?? ''),
    ...codeAndWait(fields),
    ...(status !== undefined && { status }),
  };
}

/** An error object that came under a status of success. */
function errorInSuccess(data: unknown): Failure | undefined {
  return errorFields(data).message === undefined ? undefined : readErrorFrame(data);
}

function codeAndWait({ code, retryAfterMs }: ErrorFields): Pick<Failure, 'code' | 'retryAfterMs'> {
  return { ...(code !== undefined && { code }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function parsedBody(body: string | undefined): unknown {
  try {
    return jsonObject.safeParse(JSON.parse(body ?? '')).data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** An error page that is no error object is quoted as it is; the reason phrase alone says little. */
function wordsOf(message: string, body: string | undefined): string {
  const text = body?.trim() ?? '';
  return text !== '' && !text.includes(message) && !text.startsWith('{') ? text : message;
}

/** What broke a connection, found down the chain of causes. */
function networkCause(error: Error): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') {
      return current.message === '' ? current.code : `${current.message} (${current.code})`;
    }
    if (current.message === 'terminated') return current.message;
    current = current.cause;
  }
  return undefined;
}

function shorten(text: string): string {
  return text.length > maxSaid ? `${text.slice(0, maxSaid)}…` : text;
}
