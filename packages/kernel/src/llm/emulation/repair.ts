import type { ChatMessage, ChatRequest } from '@aios/protocol';
import type { DriverCall, DriverReply } from '../driver.ts';
import { defaultReplyTokens, estimateRequestTokens } from '../tokens/index.ts';

/** How often a model is asked again to put its reply right. */
export const maxRepairs = 2;

/** A repair is a request like any other to the limits of the core. */
export async function admitRepair(request: ChatRequest, { admit }: DriverCall): Promise<void> {
  const outputTokens = request.maxTokens ?? defaultReplyTokens;
  await admit?.({ inputTokens: estimateRequestTokens(request), outputTokens });
}

/** The request with the wrong reply and what is wrong with it. */
export function askAgain(request: ChatRequest, reply: DriverReply, complaint: string): ChatRequest {
  const { content, reasoning } = reply.message;
  const wrong: ChatMessage = { role: 'assistant', content, ...(reasoning !== undefined && { reasoning }) };
  return { ...request, messages: [...request.messages, wrong, { role: 'user', content: complaint }] };
}

/** The request with an instruction in its first system message, or in one put before all others. */
export function instruct(request: ChatRequest, instruction: string): ChatRequest {
  const [first, ...rest] = request.messages;
  if (first?.role === 'system') {
    const content = `${first.content}\n\n${instruction}`;
    return { ...request, messages: [{ role: 'system', content }, ...rest] };
  }
  return { ...request, messages: [{ role: 'system', content: instruction }, ...request.messages] };
}
