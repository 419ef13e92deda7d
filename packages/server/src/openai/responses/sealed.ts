import { type ChatReply, type JsonObject, jsonObject } from '@aios/protocol';
import { z } from 'zod';

// What a provider wants back with its reply, such as signed thinking, travels in the `encrypted_content` of a reasoning item:
// clients send these back as they came. The provider sealed what is in it; here it is only put into letters.

const sealed = z.object({
  message: jsonObject.optional(),
  /** By the id of the call. */
  calls: z.record(z.string(), jsonObject).optional(),
});
type Sealed = z.infer<typeof sealed>;

/** Undefined where the provider wants nothing back. */
export function seal({ providerData, toolCalls = [] }: ChatReply['message']): string | undefined {
  const calls: Record<string, JsonObject> = {};
  for (const call of toolCalls) if (call.providerData) calls[call.id] = call.providerData;
  const hasCalls = Object.keys(calls).length > 0;
  if (providerData === undefined && !hasCalls) return undefined;
  const content: Sealed = { ...(providerData && { message: providerData }), ...(hasCalls && { calls }) };
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** Empty for what was sealed elsewhere: another provider’s thinking is of no use to this one. */
export function unseal(text: string): Sealed {
  try {
    return sealed.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return {};
    throw error;
  }
}
