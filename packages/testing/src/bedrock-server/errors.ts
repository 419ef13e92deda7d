import type { JsonObject } from '@aios/protocol';
import type { WireError } from '../wire-server/index.ts';

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
const types: Record<number, string> = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  503: 'ServiceUnavailableException',
};

/** The errors that ConverseStream knows in the middle of a stream, as its frames name them. */
const streamTypes: Record<number, string> = {
  400: 'validationException',
  424: 'modelStreamErrorException',
  429: 'throttlingException',
  500: 'internalServerException',
  503: 'serviceUnavailableException',
};

/**
 * Bedrock’s error object. What refuses the key stands before the service and writes `Message` with a capital letter
 * (github.com/anomalyco/opencode/issues/47073).
 */
export function errorBody({ message, status, code }: WireError): JsonObject {
  return status === 403 && code === undefined ? { Message: message } : { message };
}

/** The name of the error travels in a header. */
export function errorHeaders(error: WireError): Record<string, string> {
  return { 'x-amzn-errortype': error.code ?? error.type ?? types[error.status] ?? fallback(error.status) };
}

/** The event that ends a stream with an error. */
export function errorEvent({ message, status, code }: WireError): JsonObject {
  return { [code ?? streamTypes[status] ?? 'modelStreamErrorException']: { message } };
}

function fallback(status: number): string {
  return status >= 500 ? 'InternalServerException' : 'ValidationException';
}
