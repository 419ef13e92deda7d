import { z } from 'zod';
import { answerText, naturalLength, tokensOfLength } from './answer-text.ts';
import type { EngineParameters } from './parameters.ts';
import type { SequenceRequest } from './sequence.ts';
import { TokenChain } from './token-chain.ts';

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(part)]).nullish(),
  tool_calls: z.array(z.unknown()).nullish(),
});

/** What is read of a chat completions request; vLLM’s own fields are those of docs.vllm.ai, "OpenAI-Compatible Server". */
const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(message).min(1),
  tools: z.array(z.unknown()).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().int().positive().nullish(),
  max_completion_tokens: z.number().int().positive().nullish(),
  priority: z.number().int().nullish(),
  add_generation_prompt: z.boolean().nullish(),
  continue_final_message: z.boolean().nullish(),
});

/** A chat completions request as the engine sees it. */
export interface ChatRequest extends Omit<SequenceRequest, 'onToken'> {
  readonly model: string;
  readonly isStreamed: boolean;
  readonly includesUsage: boolean;
  /** What the answer begins with in the middle of a token, where a text is continued there. */
  readonly lead: string;
  /** Tokens of the whole answer; what is generated beyond them is the mark of its end. */
  readonly lastToken: number;
  /** Whether it ends because no more tokens were asked for. */
  readonly isCut: boolean;
  /** A word by which the last message names the call, for the log. */
  readonly label: string | undefined;
}

export type ParsedRequest = { readonly request: ChatRequest } | { readonly problem: string };

// Tokens of a chat template: what stands around the role and the content of each message.
const messageStart = 1;
const messageEnd = 2;

/**
 * The last message may say, as its last word, how many tokens the answer to it has and what the call is called: ~57 or
 * ~57/a-12. It stands for what a real model decides by itself, so no client and no scheduler can know it from the request.
 */
const wish = /~(?<tokens>\d+)(?:\/(?<label>\S+))?$/;

/** Reads a request; the problem is in vLLM’s words where it has some. */
export function parseChatRequest(body: unknown, parameters: EngineParameters): ParsedRequest {
  const parsed = chatRequest.safeParse(body);
  if (!parsed.success) return { problem: z.prettifyError(parsed.error) };
  const { data } = parsed;
  const priority = data.priority ?? 0;
  if (priority !== 0 && parameters.policy !== 'priority') {
    return { problem: `Got priority ${priority} but Priority scheduling is not enabled.` };
  }
  const continues = data.continue_final_message === true;
  if (continues && data.add_generation_prompt !== false) {
    return { problem: 'Cannot set both `continue_final_message` and `add_generation_prompt` to True.' };
  }
  const texts = data.messages.map((each) => ({ role: each.role, text: textOf(each) }));
  const begun = continues ? (texts.pop()?.text ?? '') : undefined;
  const prompt = new TokenChain(parameters.blockTokens);
  if (data.tools) prompt.pushText(JSON.stringify(data.tools));
  for (const { role, text } of texts) {
    openMessage(prompt, role);
    prompt.pushText(text);
    prompt.push(messageEnd);
  }
  openMessage(prompt, 'assistant');
  const { tokens, label } = wish.exec(texts.at(-1)?.text ?? '')?.groups ?? {};
  const seed = prompt.digest;
  const natural =
    tokens === undefined ? naturalLength(seed, parameters.answerTokens) : Math.max(1, Number(tokens));
  const start = begun === undefined ? { seed, firstToken: 0, lead: '' } : continuation(seed, begun, natural);
  if (begun !== undefined) prompt.pushText(begun);

  const wanted = Math.max(1, natural - start.firstToken);
  const room = parameters.maxModelTokens - prompt.length;
  const asked = data.max_completion_tokens ?? data.max_tokens;
  if (room < (asked ?? 1)) {
    return {
      problem:
        `This model's maximum context length is ${parameters.maxModelTokens} tokens. However, you requested ` +
        `${asked ?? 1} output tokens and your prompt contains ${prompt.length} input tokens.`,
    };
  }
  const atMost = Math.min(asked ?? room, room);
  return {
    request: {
      ...start,
      model: data.model,
      prompt,
      priority,
      lastToken: Math.max(natural, start.firstToken),
      answerTokens: Math.min(wanted, atMost),
      isCut: wanted > atMost,
      isStreamed: data.stream === true,
      includesUsage: data.stream_options?.include_usage === true,
      label,
    },
  };
}

function openMessage(prompt: TokenChain, role: string): void {
  prompt.push(messageStart);
  prompt.pushText(role);
}

/**
 * Where an answer goes on whose beginning the client sends back. Text that this model would not have written after the
 * prompt is taken as it is, and the answer begins after it.
 */
function continuation(
  seed: number,
  begun: string,
  natural: number,
): { seed: number; firstToken: number; lead: string } {
  const whole = tokensOfLength(begun.length);
  if (answerText(seed, 0, Math.min(whole, natural)).startsWith(begun)) {
    return { seed, firstToken: whole, lead: answerText(seed, 0, whole).slice(begun.length) };
  }
  return { seed: seed ^ begun.length, firstToken: 1, lead: '' };
}

function textOf({ content, tool_calls }: z.infer<typeof message>): string {
  const text = Array.isArray(content) ? content.map((each) => each.text ?? '').join('\n') : (content ?? '');
  return tool_calls ? `${text} ${JSON.stringify(tool_calls)}` : text;
}
