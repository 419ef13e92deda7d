import type { LanguageModelV4ReasoningPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { type ChatMessage, type JsonObject, jsonObject } from '@aios/protocol';
import { z } from 'zod';
import type { Provider } from '../provider.ts';
import { compatibleName } from './client.ts';

// What a vendor wants back with the next turn: signed or encrypted thinking, signatures of tool calls. It travels through
// the caller as `providerData`, so that the kernel keeps nothing between calls.

const optionsByVendor = z.record(z.string(), jsonObject);

/** Thinking in the blocks that the vendor sent it in; only the same vendor can read them. */
const messageData = z.object({
  provider: z.string(),
  reasoning: z.array(z.object({ text: z.string(), data: optionsByVendor.optional() })),
});

export interface ReasoningBlock {
  text: string;
  data?: SharedV4ProviderMetadata;
}

/** The data to keep with a message; undefined where the vendor sent nothing beside text. */
export function messageProviderData(
  provider: Provider,
  blocks: readonly ReasoningBlock[],
): JsonObject | undefined {
  if (!blocks.some(({ data }) => data !== undefined)) return undefined;
  const parsed = jsonObject.safeParse({
    provider: provider.name,
    reasoning: blocks.map(({ text, data }) => ({ text, ...(data && { data }) })),
  });
  return parsed.success ? parsed.data : undefined;
}

/** The data to keep with a tool call; undefined where the vendor sent none. */
export function callProviderData(metadata: SharedV4ProviderMetadata | undefined): JsonObject | undefined {
  const parsed = jsonObject.safeParse(metadata ?? {});
  if (!parsed.success) return undefined;
  // Gemini behind an OpenAI-compatible endpoint: the signature comes under the client’s name and goes back as Google’s.
  const { [compatibleName]: compatible, ...rest } = parsed.data;
  const data = compatible === undefined ? rest : { ...rest, google: compatible };
  return Object.keys(data).length > 0 ? data : undefined;
}

/** Data that came back, as the AI SDK takes it; what was tampered with is left out. */
export function toProviderOptions(data: JsonObject): SharedV4ProviderMetadata {
  return optionsByVendor.safeParse(data).data ?? {};
}

/** The thinking of an earlier turn, as far as this provider wants it back. */
export function reasoningOf(
  { reasoning, providerData }: Extract<ChatMessage, { role: 'assistant' }>,
  provider: Provider,
): LanguageModelV4ReasoningPart[] {
  const { data } = messageData.safeParse(providerData);
  if (data !== undefined && data.provider === provider.name) {
    return data.reasoning.map(({ text, data: options }) => ({
      type: 'reasoning',
      text,
      ...(options && { providerOptions: options }),
    }));
  }
  return reasoning && provider.quirks.replayReasoning ? [{ type: 'reasoning', text: reasoning }] : [];
}
