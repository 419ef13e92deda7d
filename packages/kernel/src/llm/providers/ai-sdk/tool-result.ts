import type { LanguageModelV4Message, LanguageModelV4ToolResultPart } from '@ai-sdk/provider';
import type { ChatMessage, ContentPart } from '@aios/protocol';
import type { Dialect } from '../provider.ts';
import { toContentPart } from './content-part.ts';
import type { Endpoint } from './endpoint.ts';
import type { ToolNames } from './tool-names.ts';
import { wireId } from './wire-id.ts';

type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;
type UserContent = Extract<LanguageModelV4Message, { role: 'user' }>['content'];

/** Dialects whose results of tools hold more than text. */
const withParts: readonly Dialect[] = ['openai-responses', 'anthropic', 'google', 'bedrock'];

/** A tool’s result in the words of the AI SDK, and what of it has to come in a message of the user after it. */
export function toToolResult(
  { toolCallId, toolName, content, isError }: ToolMessage,
  names: ToolNames,
  { provider }: Endpoint,
): { result: LanguageModelV4ToolResultPart; apart: UserContent } {
  const { output, apart } = outputOf(content, isError === true, provider);
  return {
    result: {
      type: 'tool-result',
      toolCallId: wireId(toolCallId, provider.quirks),
      toolName: names.encode(toolName),
      output,
    },
    apart:
      apart.length === 0
        ? []
        : [
            { type: 'text', text: `The tool ${toolName} gave this, too:` },
            ...apart.map((part) => toContentPart(part, provider)),
          ],
  };
}

function outputOf(
  content: ToolMessage['content'],
  isError: boolean,
  provider: Endpoint['provider'],
): { output: LanguageModelV4ToolResultPart['output']; apart: ContentPart[] } {
  const parts: ContentPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const apart = parts.filter(({ type }) => type !== 'text');
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  if (apart.length > 0 && withParts.includes(provider.dialect)) {
    const value = parts.map((part) => toContentPart(part, provider));
    return { output: { type: 'content', value }, apart: [] };
  }
  // Anthropic alone has a flag for it; the package for OpenAI would wrap the text into an object.
  const type = isError && provider.dialect === 'anthropic' ? 'error-text' : 'text';
  return { output: { type, value: text }, apart };
}
