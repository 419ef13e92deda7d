import { z } from 'zod';
import { count, isPresent } from './counts.ts';
import type { Counted, Format, ObjectText } from './format.ts';
import { memberNamed, membersAt, parsedMember } from './json-text.ts';

const usage = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.object({ cached_tokens: count }).optional().catch(undefined),
  output_tokens_details: z.object({ reasoning_tokens: count }).optional().catch(undefined),
});

const ends = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** POST /responses, platform.openai.com/docs/api-reference/responses. */
export const openAiResponses: Format = {
  path: () => '/responses',
  namesModel: true,
  asksForUsage: false,
  headers: ['openai-beta'],
  modelIn: 'response',
  counted: (object) => countedBy(object),
  isEnd: ({ text, members }) => {
    const type = parsedMember(text, memberNamed(members, 'type'));
    return typeof type === 'string' && ends.has(type);
  },
};

/** An event has the response in a member; a whole answer is one. */
function countedBy({ text, members }: ObjectText): Counted | undefined {
  const response = memberNamed(members, 'response');
  const inner = response === undefined ? members : membersAt(text, response.start);
  const member = memberNamed(inner ?? [], 'usage');
  if (!isPresent(text, member)) return undefined;
  const { data } = usage.safeParse(parsedMember(text, member));
  if (data === undefined) return undefined;
  const { input_tokens: inputTokens, output_tokens: outputTokens } = data;
  const cachedInputTokens = data.input_tokens_details?.cached_tokens;
  const reasoningTokens = data.output_tokens_details?.reasoning_tokens;
  return {
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(cachedInputTokens && { cachedInputTokens }),
    ...(reasoningTokens && { reasoningTokens }),
  };
}
