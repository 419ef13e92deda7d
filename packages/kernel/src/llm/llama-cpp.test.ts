// Generations of a real engine that are stopped at every token: llama.cpp, with tiny random models that the test writes. Their
// words have several tokens, some characters too.

import type { ChatRequest } from '@aios/protocol';
import { findLlamaCpp, startLlamaServer } from '@aios/testing/llama-cpp';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { coreOf, runInterrupted, undisturbed } from './interruption.fixture.ts';

const folder = findLlamaCpp();
const request: ChatRequest = {
  messages: [{ role: 'user', content: 'Tell a story of a kernel.' }],
  temperature: 0,
  maxTokens: 400,
};
const resumption = z.object({ slices: z.number(), repeatedOutputTokens: z.number() });

describe.skipIf(folder === undefined)('llama.cpp', () => {
  test.each([13, 18, 31])(
    'model %i writes the same text wherever it is stopped',
    async (seed) => {
      await using server = await startLlamaServer(folder ?? '', seed);
      const core = coreOf('llamacpp', 'tiny', `${server.origin}/v1`);
      const alone = await runInterrupted([core], request, undisturbed);
      const { content } = alone.reply.message;
      const pieces = alone.chunks.length;
      expect(alone.reply.finishReason).toBe('stop');
      expect(pieces).toBeGreaterThan(40);
      expect(new Set(content.split(/\s/)).size).toBeGreaterThan(15);

      let stopped = 0;
      for (let after = 1; after < pieces; after += 1) {
        const at = (slice: number, piece: number) => slice === 1 && piece >= after;
        const { reply, told } = await runInterrupted([core], request, { at });
        expect(reply.message.content, `stopped at token ${after}`).toBe(content);
        expect(told).toBe(content);
        const { slices, repeatedOutputTokens } = resumption.parse(
          reply.metadata?.resumed ?? { slices: 1, repeatedOutputTokens: 0 },
        );
        if (slices === 1) continue;
        stopped += 1;
        const { inputTokens, resumedInputTokens = 0, cachedInputTokens = 0 } = reply.usage;
        // The prompt once, and once more with what was kept. A character of four tokens comes as one piece, and counts as one.
        expect(inputTokens - resumedInputTokens).toBeGreaterThanOrEqual(alone.reply.usage.inputTokens);
        expect(inputTokens - resumedInputTokens).toBeLessThan(alone.reply.usage.inputTokens + 20);
        expect(repeatedOutputTokens).toBeLessThan(8);
        // The engine had nearly all of it in memory.
        expect(cachedInputTokens).toBeGreaterThanOrEqual(resumedInputTokens - 8);
      }
      expect(stopped).toBeGreaterThan(pieces * 0.8);

      const often = await runInterrupted([core], request, { at: () => true });
      expect(often.reply.message.content).toBe(content);
      expect(often.told).toBe(content);
      expect(resumption.parse(often.reply.metadata?.resumed).slices).toBeGreaterThan(15);
    },
    60_000,
  );
});
