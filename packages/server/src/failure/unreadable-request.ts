import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AiosError } from '@aios/protocol';
import { problemMediaType } from './answer.ts';
import { HttpRefusal } from './http-refusal.ts';

/** Answers what Node’s parser could not read as HTTP or what did not arrive in time, then closes the connection. */
export function answerUnreadableRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = explain(error.code).toProblem();
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function explain(code: string | undefined): AiosError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpRefusal(
        408,
        'deadline_exceeded',
        'The request did not arrive in time. Send it without pauses.',
      );
    case 'HPE_HEADER_OVERFLOW':
      return new HttpRefusal(
        431,
        'invalid_argument',
        'The headers are larger than 16 kB. Send fewer or shorter ones.',
      );
    default:
      return new AiosError(
        'invalid_argument',
        'This is not an HTTP/1.1 request. Is the address meant to be http?',
      );
  }
}
