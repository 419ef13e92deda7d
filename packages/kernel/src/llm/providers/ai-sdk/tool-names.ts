import { createHash } from 'node:crypto';
import type { ChatRequest } from '@aios/protocol';

/** What every vendor takes as the name of a function: OpenAI’s characters and length, Gemini’s first character. */
const allowed = /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/;
const maxLength = 64;
const suffixLength = 9;

export interface ToolNames {
  /** The name as the provider may see it; the same for the same set of names, whatever their order. */
  encode(name: string): string;
  /** Our name for one that the provider sent; one that was never encoded stays as it is. */
  decode(encoded: string): string;
}

/** Maps every tool name of a request, such as `storage.search`, to one that every vendor allows, and back. */
export function createToolNames(request: Pick<ChatRequest, 'tools' | 'messages' | 'toolChoice'>): ToolNames {
  const names = new Set(namesIn(request));
  const simple = new Map([...names].map((name) => [name, simplify(name)]));
  const uses = Map.groupBy(simple.values(), (encoded) => encoded);
  const encoded = new Map<string, string>();
  const decoded = new Map<string, string>();
  for (const [name, short] of simple) {
    const isFree = allowed.test(name) || uses.get(short)?.length === 1;
    const unique = isFree ? short : `${short.slice(0, maxLength - suffixLength)}_${digest(name)}`;
    encoded.set(name, unique);
    decoded.set(unique, name);
  }
  return {
    encode: (name) => encoded.get(name) ?? simplify(name),
    decode: (name) => decoded.get(name) ?? name,
  };
}

function simplify(name: string): string {
  const simple = name.replace(/[^a-zA-Z0-9_-]/g, '_').replace(/^(?![a-zA-Z_])/, '_');
  return simple.slice(0, maxLength);
}

function digest(name: string): string {
  return createHash('sha256')
    .update(name)
    .digest('hex')
    .slice(0, suffixLength - 1);
}

function* namesIn({
  tools,
  messages,
  toolChoice,
}: Pick<ChatRequest, 'tools' | 'messages' | 'toolChoice'>): Iterable<string> {
  for (const tool of tools ?? []) yield tool.name;
  if (typeof toolChoice === 'object') yield toolChoice.tool;
  for (const message of messages) {
    if (message.role === 'tool') yield message.toolName;
    if (message.role === 'assistant') for (const call of message.toolCalls ?? []) yield call.name;
  }
}
