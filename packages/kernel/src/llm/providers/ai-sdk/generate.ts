import type { DriverReply } from '../../driver.ts';
import { ThinkTags, writesThinkTags } from '../think-tags.ts';
import type { ChatCall } from './chat-call.ts';
import type { Endpoint } from './endpoint.ts';
import { toProviderError } from './errors.ts';
import { refuseUnfinished } from './failure.ts';
import { ReplyParts } from './reply.ts';

/** Asks for a whole reply. */
export async function generate(call: ChatCall): Promise<DriverReply> {
  const { request, model, options, names, endpoint, signal } = call;
  try {
    const { content, finishReason, usage, warnings, response } = await model.doGenerate(options);
    const parts = new ReplyParts();
    for (const [index, part] of content.entries()) {
      if (part.type === 'text') takeText(part.text, parts, endpoint);
      else if (part.type === 'reasoning') parts.addReasoning(`${index}`, part.text, part.providerMetadata);
      else if (part.type === 'tool-call') parts.addToolCall(part, names);
    }
    if (content.length === 0) refuseUnfinished(finishReason);
    return parts.finish(request, endpoint, {
      finishReason,
      usage,
      warnings,
      headers: response?.headers,
    });
  } catch (error) {
    throw await toProviderError(error, endpoint, signal);
  }
}

function takeText(text: string, parts: ReplyParts, { provider }: Endpoint): void {
  if (!writesThinkTags(provider)) {
    parts.text += text;
    return;
  }
  const tags = new ThinkTags();
  for (const sorted of [tags.add(text), tags.finish()]) {
    parts.text += sorted.text;
    if (sorted.reasoning !== '') parts.addReasoning('tags', sorted.reasoning, undefined);
  }
}
