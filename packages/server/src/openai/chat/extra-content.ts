import type { ChatReply, JsonObject, JsonValue, ToolCall } from '@aios/protocol';

// What a provider wants back travels in `extra_content`, where Google’s endpoint for OpenAI’s clients has its signature of a
// tool call (https://ai.google.dev/gemini-api/docs/thought-signatures). Clients that return messages as they came return it.

/** With a tool call; undefined where the provider wants nothing back. */
export function extraContentOfCall({ providerData }: Pick<ToolCall, 'providerData'>): JsonObject | undefined {
  if (providerData === undefined) return undefined;
  const { google } = providerData;
  if (!isObject(google) || google.thoughtSignature === undefined) return providerData;
  const { thoughtSignature, ...rest } = google;
  return { ...providerData, google: { ...rest, thought_signature: thoughtSignature } };
}

/** What came back with a tool call, as the kernel has it. */
export function callDataOf(extraContent: JsonObject): JsonObject {
  const { google } = extraContent;
  if (!isObject(google) || google.thought_signature === undefined) return extraContent;
  const { thought_signature: thoughtSignature, ...rest } = google;
  return { ...extraContent, google: { ...rest, thoughtSignature } };
}

/** With a message, such as signed thinking. */
export function extraContentOfMessage({ providerData }: ChatReply['message']): JsonObject | undefined {
  return providerData && { aios: providerData };
}

export function messageDataOf(extraContent: JsonObject): JsonObject | undefined {
  return isObject(extraContent.aios) ? extraContent.aios : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
