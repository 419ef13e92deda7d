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
  /** Whether the last message, which is the assistant’s, is marked as the beginning of the reply. */
  goesOn(body: JsonObject, last: JsonObject): boolean;
  /** Whether the answer to such a request begins with what it goes on from. */
  echoes?: boolean;
  /** What the vendor has against a last message of the assistant, in its words. */
  refusesLast?(body: JsonObject, last: JsonObject, path: string): string | undefined;
}

const reasoningContent = {
  content: (text: string | null, reasoning: string): JsonObject => ({
    content: text,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
  }),
  reasoningDelta: (piece: string): JsonObject => ({ reasoning_content: piece }),
  callId: (index: number) => `call_${index + 1}`,
};

/**
 * Also what vLLM, SGLang, llama.cpp and most hosts of open models speak. The three go on with a last message by
 * `continue_final_message` (docs.vllm.ai, "OpenAI-Compatible Server"), Qwen’s and Moonshot’s hosts by `partial`
 * (help.aliyun.com/zh/model-studio/partial-mode).
 */
const openai: ChatFlavour = {
  ...reasoningContent,
  goesOn: (body, last) => body.continue_final_message === true || last.partial === true,
  refusesLast: ({ continue_final_message: continues, add_generation_prompt: prompts }) =>
    continues === true && prompts !== false
      ? 'Cannot set both `continue_final_message` and `add_generation_prompt` to True.'
      : undefined,
};

/** https://api-docs.deepseek.com/api/create-chat-completion */
const deepSeek: ChatFlavour = {
  ...reasoningContent,
  // https://api-docs.deepseek.com/guides/chat_prefix_completion
  goesOn: (_body, last) => last.prefix === true,
  refusesLast: (_body, last, path) =>
    last.prefix === true && !path.startsWith('/beta/')
      ? 'prefix is a beta feature: set base_url="https://api.deepseek.com/beta" to use it'
      : undefined,
  usage: ({ inputTokens, cachedInputTokens }) => ({
    prompt_cache_hit_tokens: cachedInputTokens,
    prompt_cache_miss_tokens: inputTokens - cachedInputTokens,
  }),
  lastChunk: (usage) => ({ usage }),
};

/** https://console.groq.com/docs/reasoning; a tool call comes whole. */
const groq: ChatFlavour = {
  ...reasoningContent,
  goesOn: () => false,
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
  // https://docs.mistral.ai/capabilities/completion/prefix
  goesOn: (_body, last) => last.prefix === true,
  echoes: true,
  refusesLast: (_body, last) =>
    last.prefix === true
      ? undefined
      : 'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant',
  lastChunk: (usage) => ({ usage }),
  sendsWholeCalls: true,
};

function thinking(text: string): JsonObject[] {
  return [{ type: 'thinking', thinking: [{ type: 'text', text }] }];
}

export const flavours = { openai, deepSeek, groq, mistral };
