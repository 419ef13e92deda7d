import { AiosError } from '@aios/protocol';
import { z } from 'zod';

/** What a provider says of a request that does not fit into the window of its model. */
export interface Overflow {
  /** Size of the window, where it says it. */
  readonly windowTokens?: number;
}

/** Words that vendors say it with, each as far as the number of the window, where they tell it. */
const sayings = [
  // OpenAI, vLLM, SGLang, DeepSeek, Groq: “This model's maximum context length is 4096 tokens. However, …”
  /maximum context length (?:is|of) ([\d,]+)/i,
  // vLLM: “… is longer than the maximum model length of 4096.”
  /maximum model length of ([\d,]+)/i,
  // Mistral: “Prompt contains 40000 tokens … too large for model with 32768 maximum context length”
  /model with ([\d,]+) maximum context length/i,
  // Anthropic: “prompt is too long: 208310 tokens > 200000 maximum”
  /prompt is too long: [\d,]+ tokens > ([\d,]+)/i,
  // Anthropic: “input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000”
  /exceed context limit: [\d,]+ \+ [\d,]+ > ([\d,]+)/i,
  // Gemini: “The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).”
  /exceeds the maximum number of tokens allowed \(?([\d,]+)/i,
  // llama.cpp: “the request exceeds the available context size (4096 tokens)”
  /exceeds the available context size[^\d]*([\d,]+)?/i,
  // OpenAI’s Responses: “Your input exceeds the context window of this model.”
  /exceeds the context window/i,
  /context_length_exceeded|exceed_context_size_error/i,
];

/** Reads a refusal: what the provider said, and its word for it. Undefined where it is about something else. */
export function readOverflow(said: string, code = ''): Overflow | undefined {
  for (const saying of sayings) {
    const match = saying.exec(said) ?? saying.exec(code);
    if (match === null) continue;
    const windowTokens = Number(match[1]?.replaceAll(',', '') ?? 0);
    return windowTokens > 0 ? { windowTokens } : {};
  }
  return undefined;
}

const details = z.object({ overflow: z.object({ windowTokens: z.number().positive().optional() }) });

/** What an error of a driver says of the window; undefined where it is about something else, or the reply had begun. */
export function overflowOf(error: unknown): Overflow | undefined {
  if (!AiosError.isInstance(error) || error.details?.begun === true) return undefined;
  const read = details.safeParse(error.details).data?.overflow;
  return read && { ...(read.windowTokens !== undefined && { windowTokens: read.windowTokens }) };
}
