/** How long and how much a client may keep the server busy. */
export interface ServerLimits {
  /** Milliseconds within which the headers of a request must have arrived. */
  readonly headersTimeoutMs: number;
  /** Milliseconds within which a whole request, its body included, must have arrived. */
  readonly requestTimeoutMs: number;
  /** Milliseconds that an idle connection is kept open for the next request. */
  readonly keepAliveTimeoutMs: number;
  /** Milliseconds between two signs of life on a stream or a socket. */
  readonly heartbeatMs: number;
  /** Milliseconds without any sign of life, an answered ping or something read, after which a socket is dropped. */
  readonly silenceMs: number;
  /** Bytes that may wait for a slow reader; beyond them its connection is closed. */
  readonly sendBufferBytes: number;
  /** Calls and subscriptions that may be open on one socket. */
  readonly openPerSocket: number;
}

export const defaultLimits: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 120_000,
  keepAliveTimeoutMs: 72_000,
  heartbeatMs: 15_000,
  silenceMs: 60_000,
  sendBufferBytes: 16_000_000,
  openPerSocket: 10_000,
};
