import { AiosError, problem } from '@aios/protocol';
import { credentialsFile } from './locate-kernel.ts';

export interface Endpoint {
  readonly url: URL;
  readonly token: string | undefined;
  readonly home: string;
}

const timeoutMs = 5000;

/** Says that a kernel cannot be reached; `details.connection` tells it from a call that answered `unavailable`. */
export function unreachable(message: string, cause?: unknown): AiosError {
  return new AiosError('unavailable', message, { cause, details: { connection: 'failed' } });
}

/** A WebSocket that fails does not say why, so the same kernel is asked over HTTP. */
export async function explainFailure(endpoint: Endpoint): Promise<AiosError> {
  const { url, token } = endpoint;
  const probe = new URL('/api/openapi.json', url);
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  try {
    const response = await fetch(probe, { headers, signal: AbortSignal.timeout(timeoutMs) });
    if (response.status === 401) return unauthenticated(endpoint);
    const refusal = problem.safeParse(await response.json().catch(() => undefined));
    if (refusal.success) return AiosError.fromProblem(refusal.data);
    return unreachable(
      `Something answers at ${url.origin}, but it opens no socket for AIOS (HTTP ${response.status}). Is it a kernel?`,
    );
  } catch (cause) {
    return unreachable(`No kernel answers at ${url.origin}. Start one with \`aios up\`.`, cause);
  }
}

function unauthenticated({ url, token, home }: Endpoint): AiosError {
  const state = token ? 'refused the token' : 'wants a token';
  return new AiosError(
    'unauthenticated',
    `The kernel at ${url.origin} ${state}. It stands in ${credentialsFile(home)} of the home that the kernel runs on; ` +
      'name that home with AIOS_HOME, or set AIOS_TOKEN.',
  );
}
