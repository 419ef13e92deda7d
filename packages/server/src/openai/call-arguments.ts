import { jsonObject, type ToolCall } from '@aios/protocol';

/** The arguments of a call as an object; what is none is kept as it was written. */
export function readArguments(text: string): Pick<ToolCall, 'arguments' | 'malformed'> {
  if (text.trim() === '') return { arguments: {} };
  try {
    const parsed = jsonObject.safeParse(JSON.parse(text));
    if (parsed.success) return { arguments: parsed.data };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { arguments: {}, malformed: text };
}
