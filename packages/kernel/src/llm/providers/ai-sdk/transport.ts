import type { Endpoint } from './endpoint.ts';

/** What the AI SDK sends its requests with. */
export type Transport = typeof globalThis.fetch;

const defaultConnectMs = 10_000;

/**
 * A `fetch` with the endpoint’s time-out for connecting. It has no others: how long headers and body may take is said by
 * resilience/time-outs.ts, where `fetch` of Node would end every reply that begins later than after five minutes.
 */
export async function createTransport({ connectMs = defaultConnectMs }: Endpoint): Promise<Transport> {
  const { Agent, fetch } = await import('undici');
  const dispatcher = new Agent({ connect: { timeout: connectMs }, headersTimeout: 0, bodyTimeout: 0 });
  const send = (input: Parameters<typeof fetch>[0], init?: Parameters<typeof fetch>[1]) =>
    fetch(input, { ...init, dispatcher });
  // The same standard twice: Node’s own types of it and undici’s differ in name only.
  return send as unknown as Transport;
}
