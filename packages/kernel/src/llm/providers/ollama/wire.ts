import { createJsonErrorResponseHandler } from '@ai-sdk/provider-utils';
import { type JsonObject, jsonObject } from '@aios/protocol';
import { z } from 'zod';

// The wire format of Ollama, from docs/api.md of ollama/ollama.

export interface OllamaServer {
  origin: string;
  fetch: typeof globalThis.fetch;
  headers: Record<string, string>;
}

export interface OllamaMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  thinking?: string;
  /** Base64. */
  images?: string[];
  tool_calls?: { id?: string; function: { name: string; arguments: JsonObject } }[];
  tool_name?: string;
  tool_call_id?: string;
}

/** A whole reply, or a line of a streamed one: the last line has `done` and the counts. */
export const chatLine = z.object({
  message: z
    .object({
      content: z.string().default(''),
      thinking: z.string().nullish(),
      tool_calls: z
        .array(
          z.object({
            id: z.string().nullish(),
            function: z.object({
              name: z.string(),
              arguments: z.union([jsonObject, z.string()]).default({}),
            }),
          }),
        )
        .nullish(),
    })
    .optional(),
  done: z.boolean().default(false),
  done_reason: z.string().nullish(),
  prompt_eval_count: z.number().nullish(),
  eval_count: z.number().nullish(),
  error: z.string().nullish(),
});
export type ChatLine = z.infer<typeof chatLine>;

export const failedResponse = createJsonErrorResponseHandler({
  errorSchema: z.object({ error: z.string() }),
  errorToMessage: ({ error }) => error,
});
