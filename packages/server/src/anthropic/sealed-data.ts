import { type ChatReply, jsonObject } from '@aios/protocol';
import { z } from 'zod';

// What a provider wants back with a message or its tool calls travels through an Anthropic client in the one field that
// such clients return unread: the signature of a thinking block.

const prefix = 'aios.';

const sealed = z.object({
  message: jsonObject.optional(),
  calls: z.record(z.string(), jsonObject).optional().describe('By id of the tool call'),
});
export type SealedData = z.infer<typeof sealed>;

/** The data of a reply as a signature; undefined where its provider wants nothing back. */
export function seal({ providerData, toolCalls = [] }: ChatReply['message']): string | undefined {
  const calls = toolCalls.flatMap((call) =>
    call.providerData ? [[call.id, call.providerData] as const] : [],
  );
  if (providerData === undefined && calls.length === 0) return undefined;
  const data: SealedData = {
    ...(providerData && { message: providerData }),
    ...(calls.length > 0 && { calls: Object.fromEntries(calls) }),
  };
  return prefix + Buffer.from(JSON.stringify(data)).toString('base64url');
}

/** Reads a signature that came back. One that is not ours, or was tampered with, says nothing. */
export function unseal(signature: string | null | undefined): SealedData {
  if (!signature?.startsWith(prefix)) return {};
  try {
    const text = Buffer.from(signature.slice(prefix.length), 'base64url').toString();
    return sealed.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}

/** Whether a request carries a signature of ours, which its provider would not know: it must be translated. */
export function hasSeal(body: string): boolean {
  return body.includes(`"${prefix}`);
}
