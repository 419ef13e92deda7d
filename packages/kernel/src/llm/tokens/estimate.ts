import type { ChatMessage, ChatRequest, ContentPart } from '@aios/protocol';

// The rule of thumb by which budgets are reserved and cores are chosen, which must be done at once, and which stands in where a
// provider reports no usage. What must fit into a window is counted: token-counter.ts. The rule "one token is about four characters
// of English" is OpenAI’s (help.openai.com, "What are tokens and how to count them?"); bytes of UTF-8 stand in for
// characters, so that scripts with more bytes a character, which also cost more tokens, are not underrated.
const bytesPerToken = 4;

/** What the chat format adds around a message: role and separators (OpenAI cookbook, "How to count tokens"). */
const tokensPerMessage = 4;

/** Vendors count an image between 85 and about 1,600 tokens, by its size, which is not known here. */
export const tokensOfImage = 1000;

/**
 * A page of a PDF is 1,500 to 3,000 tokens of text and an image besides (docs.claude.com, "PDF support"), and some 50 kB
 * on disk, which are 67,000 characters of base64.
 */
const base64PerToken = 24;

/** Tokens reserved for a reply whose request sets no upper bound. */
export const defaultReplyTokens = 1024;

/** No request has more tokens than this many times its estimate: tokenizers make no token of less than a byte. */
export const mostTokensPerEstimated = bytesPerToken;

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
  return estimateTextTokens(words) + images * tokensOfImage;
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
      return tokensOfImage;
    case 'file':
      return tokensOfFile(part.data);
  }
}

/** Estimated tokens of a document, from its base64. */
export function tokensOfFile(data: string): number {
  return Math.max(tokensOfImage, Math.ceil(data.length / base64PerToken));
}

function toolCallTokens(message: ChatMessage): number {
  if (message.role !== 'assistant' || message.toolCalls === undefined) return 0;
  return estimateTextTokens(JSON.stringify(message.toolCalls));
}
