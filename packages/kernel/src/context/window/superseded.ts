import type { ChatMessage, JsonObject } from '@aios/protocol';

/** Names of arguments that say which file, page or other thing is read. */
const places = ['path', 'file', 'file_path', 'filePath', 'filename', 'uri', 'url'];
const readingTool = /(^|[._-])(read|view|open|cat|load|get|fetch)([._-]|$)|^(read|view|open|cat|load)[A-Z]/;

/** What the result of a tool tells, as far as a later result can tell the same anew. */
interface Told {
  /** The call: the tool with its arguments. */
  readonly call: string;
  /** What was read. */
  readonly place: string | undefined;
  /** The whole of it was, so that the result stands for earlier ones of its parts, too. */
  readonly isWhole: boolean;
}

/** The results of tools in a history, by the index of their messages. */
export type ToldResults = ReadonlyMap<number, Told>;

/** Reads what each result of a tool tells, from the call that it answers. */
export function toldResults(messages: readonly ChatMessage[]): ToldResults {
  const calls = new Map<string, { name: string; arguments: JsonObject }>();
  const told = new Map<number, Told>();
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') for (const call of message.toolCalls ?? []) calls.set(call.id, call);
    if (message.role !== 'tool') continue;
    const call = calls.get(message.toolCallId);
    if (call !== undefined) told.set(index, tell(call.name, call.arguments));
  }
  return told;
}

/** Those of the results, given by their index with the oldest first, that a later one, which is no error, makes superfluous. */
export function supersededOf(
  results: readonly number[],
  messages: readonly ChatMessage[],
  told: ToldResults,
): number[] {
  const calls = new Set<string>();
  const places = new Set<string>();
  const isSuperseded = (index: number) => {
    const message = messages[index];
    const result = told.get(index);
    if (message?.role !== 'tool' || result === undefined) return false;
    const { call, place, isWhole } = result;
    const isSaidLater = calls.has(call) || (place !== undefined && places.has(place));
    if (message.isError !== true) {
      calls.add(call);
      if (isWhole && place !== undefined) places.add(place);
    }
    return isSaidLater;
  };
  return results.toReversed().filter(isSuperseded).reverse();
}

function tell(name: string, given: JsonObject): Told {
  const call = `${name} ${canonical(given)}`;
  const key = readingTool.test(name) ? places.find((word) => typeof given[word] === 'string') : undefined;
  if (key === undefined) return { call, place: undefined, isWhole: false };
  return { call, place: `${name} ${given[key]}`, isWhole: Object.keys(given).length === 1 };
}

function canonical(given: JsonObject): string {
  return JSON.stringify(Object.entries(given).sort(([left], [right]) => (left < right ? -1 : 1)));
}
