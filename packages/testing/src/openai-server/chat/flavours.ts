import type { JsonObject } from '@aios/protocol';

/** Where a vendor departs from OpenAI’s chat completions. */
export interface ChatFlavour {
  /** The fields of a message that hold its text and its reasoning. */
  content(text: string | null, reasoning: string): JsonObject;
  /** A delta of reasoning. */
  reasoningDelta(piece: string): JsonObject;
  /** The id of a tool call without one of its own. */
  callId(index: number): string;
  /** Further words for the usage. */
  usage?(usage: { inputTokens: number; cachedInputTokens: number }): JsonObject;
  /** What the last chunk tells of the usage, whether it was asked for or not. */
  lastChunk?(usage: JsonObject): JsonObject;
  /** Whether a tool call comes whole in one delta. */
  sendsWholeCalls?: boolean;
}

const reasoningContent = {
  content: (text: string | null, reasoning: string): JsonObject => ({
    content: text,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
  }),
  reasoningDelta: (piece: string): JsonObject => ({ reasoning_content: piece }),
  callId: (index: number) => `call_${index + 1}`,
};

/** Also what vLLM, SGLang, llama.cpp and most hosts of open models speak. */
const openai: ChatFlavour = reasoningContent;

/** https://api-docs.deepseek.com/api/create-chat-completion */
const deepSeek: ChatFlavour = {
  ...reasoningContent,
  usage: ({ inputTokens, cachedInputTokens }) => ({
    prompt_cache_hit_tokens: cachedInputTokens,
    prompt_cache_miss_tokens: inputTokens - cachedInputTokens,
  }),
  lastChunk: (usage) => ({ usage }),
};

/** https://console.groq.com/docs/reasoning; a tool call comes whole. */
const groq: ChatFlavour = {
  ...reasoningContent,
  content: (text, reasoning) => ({ content: text, ...(reasoning !== '' && { reasoning }) }),
  reasoningDelta: (piece) => ({ reasoning: piece }),
  lastChunk: (usage) => ({ x_groq: { id: 'req_scripted', usage } }),
  sendsWholeCalls: true,
};

/** https://docs.mistral.ai/capabilities/reasoning; a tool call comes whole and its id has nine letters. */
const mistral: ChatFlavour = {
  content: (text, reasoning) =>
    reasoning === ''
      ? { content: text ?? '' }
      : { content: [...thinking(reasoning), ...(text ? [{ type: 'text', text }] : [])] },
  reasoningDelta: (piece) => ({ content: thinking(piece) }),
  callId: (index) => `scripted${index + 1}`,
  lastChunk: (usage) => ({ usage }),
  sendsWholeCalls: true,
};

function thinking(text: string): JsonObject[] {
  return [{ type: 'thinking', thinking: [{ type: 'text', text }] }];
}

export const flavours = { openai, deepSeek, groq, mistral };
