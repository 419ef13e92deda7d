import type { WebSocket } from '@fastify/websocket';

/** Close codes of RFC 6455, section 7.4.1. */
export const goingAway = 1001;
export const policyViolation = 1008;

/** Milliseconds that the other side gets to answer a close. */
const graceMs = 2000;
/** Bytes that a close frame has room for. */
const maxReasonBytes = 123;

/** Closes a socket with a code and a reason, and cuts it off when the other side does not answer. */
export async function closeSocket(socket: WebSocket, code: number, reason: string): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume();
  socket.close(code, shorten(reason));
  const timer = setTimeout(() => socket.terminate(), graceMs);
  await closed;
  clearTimeout(timer);
}

function shorten(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > maxReasonBytes) text = text.slice(0, -1);
  return text;
}
