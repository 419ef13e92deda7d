import { z } from 'zod';
import { durationMs } from './rate-limits.ts';

/** What the error objects of the vendors have in common. */
export interface ErrorFields {
  message?: string;
  /** The vendor’s word for what is wrong. */
  code?: string;
  /** How long to wait, where the body says it. */
  retryAfterMs?: number;
}

const text = z.string().optional().catch(undefined);
const word = z
  .union([z.string(), z.number().transform(String)])
  .optional()
  .catch(undefined);

/**
 * OpenAI: `{error: {message, type, code}}`. Anthropic: `{type: 'error', error: {type, message}}`. Google: `{error: {message,
 * status, details: [{reason}, {retryDelay}]}}`. Ollama and Hugging Face: `{error: 'words'}`. Bedrock and Mistral:
 * `{message, type}`, Bedrock’s check of the key `{Message}`. OpenAI’s Responses stream: `{type: 'error', code, message}`.
 */
const errorObject = z.object({
  message: text,
  Message: text,
  code: word,
  type: text,
  status: text,
  details: z
    .array(z.object({ reason: text, retryDelay: text }))
    .optional()
    .catch(undefined),
});

/** Reads the error object of any vendor; empty where the data is none. */
export function errorFields(data: unknown): ErrorFields {
  const outer = z.object({ error: z.unknown() }).safeParse(data).data?.error ?? data;
  if (typeof outer === 'string') return { message: outer };
  const { data: error } = errorObject.safeParse(outer);
  if (error === undefined) return {};
  const { message = error.Message, type, status, details = [] } = error;
  const reason = details.map((detail) => detail.reason).find((value) => value !== undefined);
  const code = reason ?? status ?? error.code ?? type;
  const retryAfterMs = durationMs(details.map(({ retryDelay }) => retryDelay).find((value) => value));
  return {
    ...(message !== undefined && { message }),
    ...(code !== undefined && { code }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}
