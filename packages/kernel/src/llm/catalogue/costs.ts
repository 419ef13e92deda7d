import type { ModelPrices, Usage } from '@aios/protocol';
import type { Driver } from '../driver.ts';

const million = 1_000_000;

/** What a call cost, in US dollars. Cached input has a price of its own where one is known, else the full one. */
export function costOf(usage: Usage, { input, output, cachedInput = input }: ModelPrices): number {
  const cached = Math.min(usage.cachedInputTokens ?? 0, usage.inputTokens);
  const fresh = usage.inputTokens - cached;
  return (fresh * input + cached * cachedInput + usage.outputTokens * output) / million;
}

/** The driver with the cost in every reply. */
export function withCosts(driver: Driver, prices: ModelPrices): Driver {
  const { forward } = driver;
  return {
    chat: async (request, call) => {
      const reply = await driver.chat(request, call);
      return { ...reply, costUsd: costOf(reply.usage, prices) };
    },
    embed: async (texts, call) => {
      const reply = await driver.embed(texts, call);
      return { ...reply, costUsd: costOf(reply.usage, prices) };
    },
    ...(forward && {
      forward: {
        dialects: forward.dialects,
        send: async (request, sending) => {
          const reply = await forward.send(request, sending);
          return { ...reply, costUsd: costOf(reply.usage, prices) };
        },
      },
    }),
  };
}
