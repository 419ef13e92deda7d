import type { ChatMessage } from '@aios/protocol';
import { a100, startEngineServer } from '@aios/testing/inference-engine';
import { Agent, fetch } from 'undici';
import { z } from 'zod';

const reply = z.object({
  usage: z.object({
    prompt_tokens: z.number(),
    prompt_tokens_details: z.object({ cached_tokens: z.number() }),
  }),
});

/** Room for the longest history, so that what is not hit was not the same. */
const roomy = { ...a100, kvTokens: 4_000_000, maxModelTokens: 1_000_000, timeScale: 100_000 };

/** Share of the prompt tokens of all turns that an engine with a prefix cache had already. */
export async function hitShare(turns: AsyncIterable<readonly ChatMessage[]>): Promise<number> {
  await using engine = await startEngineServer(roomy);
  const agent = new Agent();
  await using _ = { [Symbol.asyncDispose]: () => agent.close() };
  let prompt = 0;
  let cached = 0;
  for await (const messages of turns) {
    const response = await fetch(`${engine.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: a100.model, messages: messages.map(onWire), max_tokens: 1 }),
      dispatcher: agent,
    });
    const { usage } = reply.parse(await response.json());
    prompt += usage.prompt_tokens;
    cached += usage.prompt_tokens_details.cached_tokens;
  }
  return cached / prompt;
}

function onWire(message: ChatMessage): object {
  const { role, content } = message;
  if (message.role !== 'assistant' || message.toolCalls === undefined) return { role, content };
  const calls = message.toolCalls.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(given) },
  }));
  return { role, content, tool_calls: calls };
}
