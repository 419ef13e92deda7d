import { loadAiSdk } from './ai-sdk.ts';

/** What became of a request, as far as it can be told from what was thrown. */
export interface Failure {
  /**
   * refused: an HTTP error. unreachable: no answer came. cut: the answer broke off. stopped: the provider ended its own
   * stream with an error. format: the answer is not OpenAI’s format.
   */
  kind: 'refused' | 'unreachable' | 'cut' | 'stopped' | 'format';
  /** HTTP status, where one was sent. */
  status?: number;
  /** The provider’s own words, or the operating system’s. */
  said: string;
  /** The provider’s own code, such as `insufficient_quota`. */
  code?: string;
  headers?: Record<string, string>;
}

const maxSaid = 500;

/** Reads what the AI SDK threw, or put into its stream as an error. */
export async function readFailure(thrown: unknown): Promise<Failure> {
  if (!(thrown instanceof Error)) return readErrorFrame(thrown);
  const { APICallError } = await loadAiSdk();
  const broken = networkCause(thrown);
  if (!APICallError.isInstance(thrown)) {
    if (broken !== undefined) return { kind: 'cut', said: broken };
    if (/without a finish reason/.test(thrown.message)) return { kind: 'cut', said: '' };
    return { kind: 'format', said: shorten(thrown.message) };
  }
  const { statusCode, responseHeaders, message, data, responseBody } = thrown;
  if (statusCode === undefined) return { kind: 'unreachable', said: broken ?? shorten(message) };
  if (statusCode < 400) {
    return broken === undefined
      ? { kind: 'format', said: shorten(responseBody ?? message) }
      : { kind: 'cut', said: broken };
  }
  const { code } = errorFields(data);
  return {
    kind: 'refused',
    status: statusCode,
    said: shorten(wordsOf(message, responseBody)),
    ...(code !== undefined && { code }),
    ...(responseHeaders && { headers: responseHeaders }),
  };
}

/** The error object that a provider sends in the middle of a stream; some put an HTTP status into its code. */
function readErrorFrame(frame: unknown): Failure {
  const { message, code } = errorFields({ error: frame });
  const status = code !== undefined && /^[45]\d\d$/.test(code) ? Number(code) : undefined;
  return {
    kind: status === undefined ? 'stopped' : 'refused',
    said: shorten(message ?? JSON.stringify(frame) ?? ''),
    ...(code !== undefined && { code }),
    ...(status !== undefined && { status }),
  };
}

/** An error page that is not OpenAI’s error object is quoted as it is; the reason phrase alone says little. */
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
    current = current.cause;
  }
  return error.message === 'terminated' ? error.message : undefined;
}

/** Message and code of OpenAI’s error object. */
function errorFields(data: unknown): { message?: string; code?: string } {
  if (typeof data !== 'object' || data === null || !('error' in data)) return {};
  const { error } = data;
  if (typeof error === 'string') return { message: error };
  if (typeof error !== 'object' || error === null) return {};
  const message = 'message' in error && typeof error.message === 'string' ? error.message : undefined;
  const code = 'code' in error && error.code !== null ? String(error.code) : undefined;
  return { ...(message !== undefined && { message }), ...(code !== undefined && { code }) };
}

function shorten(text: string): string {
  return text.length > maxSaid ? `${text.slice(0, maxSaid)}…` : text;
}
