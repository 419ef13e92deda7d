import type {
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider';

const mark = { cacheControl: { type: 'ephemeral' } };

/**
 * Marks up to where Anthropic keeps a request in its cache, at four places as it allows at most: the tools, the system prompt,
 * the end of the conversation, where the next turn goes on from, and the end of the turn before, where this one finds what that
 * one left. A conversation of one turn has no next one that is sure to come, so only its tools and system prompt are marked.
 * Anthropic passes over marks of beginnings that are too short (docs.claude.com, "Prompt caching").
 */
export function markForCache(
  prompt: readonly LanguageModelV4Message[],
  tools: readonly LanguageModelV4FunctionTool[],
): void {
  const isDialogue = prompt.some(({ role }) => role === 'assistant');
  const asked = prompt.filter(({ role }) => role === 'user' || role === 'tool');
  const marked = [
    tools.at(-1),
    prompt.findLast(({ role }) => role === 'system'),
    ...(isDialogue ? asked.slice(-2) : []),
  ];
  for (const part of marked) if (part !== undefined) addMark(part);
}

function addMark(part: { providerOptions?: SharedV4ProviderOptions }): void {
  part.providerOptions = {
    ...part.providerOptions,
    anthropic: { ...part.providerOptions?.anthropic, ...mark },
  };
}
