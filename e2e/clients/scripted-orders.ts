import { firstOf, type Script, structured } from '@aios/testing';

/** What `structured` runs are answered with. */
export const verdict = { city: 'Bergen', late: false };

const orders = ['A-17', 'B-4'];

/** What the two turns of a conversation cost, so that a client that counts both has 250 and 50 tokens. */
const askingUsage = { inputTokens: 100, outputTokens: 20 };
const answeringUsage = { inputTokens: 150, outputTokens: 30 };

/**
 * The model behind all programs of this folder. It calls the tool for both orders at once, or for the one that it does not
 * know yet, and quotes what came back: it
 * can answer only with the results of tools that really ran.
 */
export const scriptedOrders: Script = (request) => firstOf(finalTool, answer, picture, ask)(request);

const ask: Script = (request) => {
  // Those that come by MCP have the name of their server before their own.
  const tool = request.tools.find((name) => name.endsWith('look_up_order'));
  if (tool === undefined) return structured(verdict)(request);
  const known = knownPlaces(request);
  const toolCalls = orders
    .filter((order) => known[order] === undefined)
    .map((order) => ({ name: tool, arguments: { order } }));
  return { toolCalls, usage: askingUsage };
};

const picture: Script = ({ messages }) => {
  const images = messages.at(-1)?.images?.length ?? 0;
  return images > 0 ? { text: `Pictures: ${images}.`, usage: askingUsage } : undefined;
};

/** What was told about the orders, by the order. */
function knownPlaces({ messages }: Parameters<Script>[0]): Record<string, string | undefined> {
  const text = messages.map(({ text: part }) => part).join('\n');
  return Object.fromEntries(
    Array.from(text.matchAll(/Order ([AB]-\d+) is in ([\w-]+)/g), ([sentence, order]) => [order, sentence]),
  );
}

/** What was told about the orders, once there is something about both. */
function placesOf(request: Parameters<Script>[0]): string | undefined {
  const places = orders.map((order) => knownPlaces(request)[order]);
  return places.every((place) => place !== undefined) ? `${places.join('. ')}.` : undefined;
}

/** The agents of smolagents end by calling a tool, or with code that calls it. */
const finalTool: Script = (request) => {
  const places = placesOf(request);
  if (request.tools.includes('final_answer') && places !== undefined) {
    return { toolCalls: [{ name: 'final_answer', arguments: { answer: places } }], usage: answeringUsage };
  }
  if (!/^def look_up_order\(/m.test(request.messages[0]?.text ?? '')) return undefined;
  const code =
    places === undefined ? "print(look_up_order('A-17'), look_up_order('B-4'))" : `final_answer('${places}')`;
  return {
    text: `Thought: I go on.\n<code>\n${code}\n</code>`,
    usage: places === undefined ? askingUsage : answeringUsage,
  };
};

const answer: Script = (request) => {
  const places = placesOf(request);
  return places === undefined ? undefined : { text: places, usage: answeringUsage };
};
