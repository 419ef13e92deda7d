import { z } from 'zod';
import { count, isPresent } from './counts.ts';
import type { Counted, Format, ObjectText } from './format.ts';
import { memberNamed, parsedMember } from './json-text.ts';

const usage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count }).optional().catch(undefined),
  completion_tokens_details: z.object({ reasoning_tokens: count }).optional().catch(undefined),
});

/** `finish_reason` with a reason. Inside of strings its quotes would be escaped, so it is the name of a member. */
const finished = /"finish_reason"\s*:\s*"/;

/** POST /chat/completions, platform.openai.com/docs/api-reference/chat. */
export const openAiChat: Format = {
  path: () => '/chat/completions',
  namesModel: true,
  asksForUsage: true,
  headers: [],
  counted: (object) => countedBy(object),
  isEnd: (object) => finishes(object),
};

/** POST /embeddings, platform.openai.com/docs/api-reference/embeddings. */
export const openAiEmbeddings: Format = {
  path: () => '/embeddings',
  namesModel: true,
  asksForUsage: false,
  headers: [],
  counted: (object) => {
    const counted = countedBy(object);
    return counted && { outputTokens: 0, ...counted };
  },
  isEnd: () => true,
};

function countedBy({ text, members }: ObjectText): Counted | undefined {
  const member = memberNamed(members, 'usage');
  if (!isPresent(text, member)) return undefined;
  const { data } = usage.safeParse(parsedMember(text, member));
  if (data === undefined) return undefined;
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = data;
  const cachedInputTokens = data.prompt_tokens_details?.cached_tokens;
  const reasoningTokens = data.completion_tokens_details?.reasoning_tokens;
  return {
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(cachedInputTokens && { cachedInputTokens }),
    ...(reasoningTokens && { reasoningTokens }),
  };
}

function finishes({ text, members }: ObjectText): boolean {
  const choices = memberNamed(members, 'choices');
  return choices !== undefined && finished.test(text.slice(choices.start, choices.end));
}
