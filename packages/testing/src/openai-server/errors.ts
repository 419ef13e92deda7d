import type { ServerResponse } from 'node:http';

export interface OpenAiError {
  status: number;
  message: string;
  type?: string;
  code?: string | null;
  param?: string | null;
  headers?: Record<string, string>;
}

/** OpenAI’s error object. */
export function errorBody({ message, type, code = null, param = null }: Omit<OpenAiError, 'status'>): object {
  return { error: { message, type: type ?? 'invalid_request_error', param, code } };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function sendError(response: ServerResponse, error: OpenAiError): void {
  sendJson(response, error.status, errorBody(error), error.headers);
}
