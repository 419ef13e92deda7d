import type { ChatMessage, ChatRequest, ContentPart } from '@aios/protocol';

// An estimate, used to reserve budgets and where a provider reports no usage. The rule "one token is about four characters
// of English" is OpenAI’s (help.openai.com, "What are tokens and how to count them?"); bytes of UTF-8 stand in for
// characters, so that scripts with more bytes a character, which also cost more tokens, are not underrated.
const bytesPerToken = 4;

/** What the chat format adds around a message: role and separators (OpenAI cookbook, "How to count tokens"). */
const tokensPerMessage = 4;

/** Vendors count an image between 85 and about 1,600 tokens, by its size, which is not known here. */
const tokensPerImage = 1000;

/**
 * A page of a PDF is 1,500 to 3,000 tokens of text and an image besides (docs.claude.com, "PDF support"), and some 50 kB
 * on disk, which are 67,000 characters of base64.
 */
const base64PerToken = 24;

/** Tokens reserved for a reply whose request sets no upper bound. */
export const defaultReplyTokens = 1024;

/** Estimated tokens of a text. */
export function estimateTextTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

/** A long run of base64 in quotes, as images are sent. */
const base64Text = /"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/]{1000,}={0,2}"/g;

/** Estimated tokens of a request that is there as JSON text, from its length; what JSON adds is about what a format adds. */
export function estimateBodyTokens(body: string, hasImages: boolean): number {
  if (!hasImages) return estimateTextTokens(body);
  let images = 0;
  const words = body.replaceAll(base64Text, () => {
    images += 1;
    return '';
  });
  return estimateTextTokens(words) + images * tokensPerImage;
}

/** Estimated tokens of what a request sends: messages, tool calls in them and the offered tools. */
export function estimateRequestTokens(request: Pick<ChatRequest, 'messages' | 'tools'>): number {
  const messages = request.messages.reduce((sum, message) => sum + estimateMessageTokens(message), 0);
  const tools = request.tools ? estimateTextTokens(JSON.stringify(request.tools)) : 0;
  return messages + tools;
}

function estimateMessageTokens(message: ChatMessage): number {
  return tokensPerMessage + contentTokens(message.content) + toolCallTokens(message);
}

function contentTokens(content: ChatMessage['content']): number {
  if (typeof content === 'string') return estimateTextTokens(content);
  return content.reduce((sum, part) => sum + partTokens(part), 0);
}

function partTokens(part: ContentPart): number {
  switch (part.type) {
    case 'text':
      return estimateTextTokens(part.text);
    case 'image':
      return tokensPerImage;
    case 'file':
      return Math.max(tokensPerImage, Math.ceil(part.data.length / base64PerToken));
  }
}

function toolCallTokens(message: ChatMessage): number {
  if (message.role !== 'assistant' || message.toolCalls === undefined) return 0;
  return estimateTextTokens(JSON.stringify(message.toolCalls));
}
