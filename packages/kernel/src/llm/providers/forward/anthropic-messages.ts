import { z } from 'zod';
import { count, isPresent } from './counts.ts';
import type { Counted, Format, ObjectText } from './format.ts';
import { memberNamed, membersAt, parsedMember } from './json-text.ts';

const usage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
});

/** POST /messages, docs.claude.com/en/api/messages. */
export const anthropicMessages: Format = {
  path: () => '/messages',
  namesModel: true,
  asksForUsage: false,
  headers: ['anthropic-version', 'anthropic-beta'],
  modelIn: 'message',
  counted: (object) => countedBy(object),
  isEnd: ({ text, members }) => parsedMember(text, memberNamed(members, 'type')) === 'message_stop',
};

/**
 * `message_start` has the usage in its message, `message_delta` in itself; what both tell counts as the later one says.
 * Input that came from the cache or went to it is not part of `input_tokens`.
 */
function countedBy({ text, members }: ObjectText): Counted | undefined {
  const message = memberNamed(members, 'message');
  const inner = message === undefined ? members : membersAt(text, message.start);
  const member = memberNamed(inner ?? [], 'usage');
  if (!isPresent(text, member)) return undefined;
  const { data } = usage.safeParse(parsedMember(text, member));
  if (data === undefined) return undefined;
  const { input_tokens: fresh, output_tokens: outputTokens } = data;
  const { cache_read_input_tokens: read = 0, cache_creation_input_tokens: written = 0 } = data;
  return {
    ...(fresh !== undefined && { inputTokens: fresh + read + written }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(read > 0 && { cachedInputTokens: read }),
    ...(written > 0 && { cacheWriteTokens: written }),
  };
}
