import { AiosError } from '@aios/protocol';
import { HttpRefusal } from './http-refusal.ts';

type Explain = (maxBodyBytes: number, message: string) => AiosError;

/** What Fastify refuses by itself, in words that say what to do. */
const refusals: Readonly<Record<string, Explain>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (maxBodyBytes) =>
    new HttpRefusal(
      413,
      'invalid_argument',
      `The body is larger than the ${maxBodyBytes} bytes that this kernel accepts. Send less, or raise ` +
        'server.max_body_bytes in config.yaml and restart the kernel.',
      { details: { maxBodyBytes } },
    ),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new HttpRefusal(
      415,
      'invalid_argument',
      'The input must be JSON and say so: send the header "content-type: application/json".',
    ),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new AiosError('invalid_argument', 'The body is not as long as its content-length header says.'),
  FST_ERR_BAD_URL: () => new AiosError('invalid_argument', 'The path of this URL is not encoded correctly.'),
};

/**
 * The AiosError for whatever a request ended with. Anything unforeseen becomes `internal` without its own message, which
 * may tell of the inside; the log has it under the request’s id.
 */
export function explainFailure(thrown: unknown, requestId: string, maxBodyBytes: number): AiosError {
  if (AiosError.isInstance(thrown)) return thrown;
  const { code, statusCode, message } = fastifyError(thrown);
  const known = code === undefined ? undefined : refusals[code];
  if (known) return known(maxBodyBytes, message);
  if (statusCode >= 400 && statusCode < 500) {
    return new HttpRefusal(statusCode, 'invalid_argument', `${message}.`, { cause: thrown });
  }
  return new AiosError(
    'internal',
    `The kernel failed on this request. Its log says why, under ${requestId}.`,
    {
      cause: thrown,
    },
  );
}

function fastifyError(thrown: unknown): { code: string | undefined; statusCode: number; message: string } {
  if (!(thrown instanceof Error)) return { code: undefined, statusCode: 500, message: String(thrown) };
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  const statusCode =
    'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : 500;
  return { code, statusCode, message: thrown.message };
}
