import type { EngineParameters } from '@aios/testing/inference-engine';
import type { Program } from './program.ts';

/**
 * Computing prompts and reading weights overlap in a step: a saturated engine of 16 places did 1.09 s of the work below in a
 * second on the heavy-tailed mix and 1.06 s on the recorded programs (25 November 2026).
 */
const overlap = 1.08;

/**
 * Seconds that a full engine spends on a program: its share of the steps that write its answers, and computing what is new in
 * its prompts. What its conversation repeats, and what its kind shares, comes from the prefix cache.
 */
export function workSeconds({ stages }: Program, engine: EngineParameters): number {
  let ms = 0;
  let context = 0;
  for (const stage of stages) {
    for (const { input, output } of stage) {
      if (stage.length === 1) context += input + output;
      const contextMs = engine.kvReadMs * (stage.length === 1 ? context : input + output);
      ms += output * (engine.weightsMs / engine.maxSequences + contextMs);
      ms += (input * 1000) / engine.computedTokensPerSecond;
    }
  }
  return ms / overlap / 1000;
}

/** Seconds that a program takes on an engine of its own, its tools included. */
export function aloneSeconds({ stages, pauses }: Program, engine: EngineParameters): number {
  let ms = pauses.reduce((sum, pause) => sum + pause, 0);
  for (const stage of stages) {
    const longest = Math.max(...stage.map(({ output }) => output));
    const input = stage.reduce((sum, call) => sum + call.input, 0);
    ms += longest * engine.weightsMs + (input * 1000) / engine.computedTokensPerSecond;
  }
  return ms / 1000;
}
