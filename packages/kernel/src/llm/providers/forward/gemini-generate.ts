import { z } from 'zod';
import { count, isPresent } from './counts.ts';
import type { Counted, Format, ObjectText } from './format.ts';
import { memberNamed, parsedMember } from './json-text.ts';

const usage = z.object({
  promptTokenCount: count,
  toolUsePromptTokenCount: count,
  candidatesTokenCount: count,
  thoughtsTokenCount: count,
  cachedContentTokenCount: count,
});

/** `finishReason` with a reason. Inside of strings its quotes would be escaped, so it is the name of a member. */
const finished = /"finishReason"\s*:\s*"/;

/** POST /models/{model}:generateContent and :streamGenerateContent, ai.google.dev/api/generate-content. */
export const geminiGenerate: Format = {
  path: (model, isStream) => {
    const method = isStream ? 'streamGenerateContent?alt=sse' : 'generateContent';
    return `/${model.includes('/') ? model : `models/${model}`}:${method}`;
  },
  namesModel: false,
  asksForUsage: false,
  headers: [],
  counted: (object) => countedBy(object),
  isEnd: ({ text, members }) => {
    const candidates = memberNamed(members, 'candidates');
    if (candidates !== undefined && finished.test(text.slice(candidates.start, candidates.end))) return true;
    // A prompt that was refused gets no candidate.
    return isPresent(text, memberNamed(members, 'promptFeedback'));
  },
};

/** Thinking is counted apart from what the candidates say. */
function countedBy({ text, members }: ObjectText): Counted | undefined {
  const member = memberNamed(members, 'usageMetadata');
  if (!isPresent(text, member)) return undefined;
  const { data } = usage.safeParse(parsedMember(text, member));
  if (data === undefined) return undefined;
  const { promptTokenCount: prompt, candidatesTokenCount: said, thoughtsTokenCount: thought = 0 } = data;
  const { toolUsePromptTokenCount: tools = 0, cachedContentTokenCount: cachedInputTokens } = data;
  return {
    ...(prompt !== undefined && { inputTokens: prompt + tools }),
    ...((said !== undefined || thought > 0) && { outputTokens: (said ?? 0) + thought }),
    ...(cachedInputTokens && { cachedInputTokens }),
    ...(thought > 0 && { reasoningTokens: thought }),
  };
}
